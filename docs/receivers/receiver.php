<?php
/* A callback receiver in PHP 8, without dependencies:

     CALLBACK_SECRETS="whsec_…" STATE=callbacks.json php -S 127.0.0.1:8081 receiver.php

   CALLBACK_SECRETS holds one secret, or two with a space between while a secret is being rotated.
   STATE stands in for your database: keep both maps there, and change them in one transaction. */

declare(strict_types=1);

const MAX_BODY = 64 * 1024;
const TOLERANCE_S = 300;

/** Tell whether one of the secrets signed these bytes within the last five minutes. */
function verified(string $body): bool
{
    $id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
    $timestamp = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
    if ($id === '' || !preg_match('/^\d{1,12}$/D', $timestamp)) {
        return false;
    }
    if (abs(time() - (int) $timestamp) > TOLERANCE_S) {
        return false;
    }
    foreach (preg_split('/\s+/', (string) getenv('CALLBACK_SECRETS'), -1, PREG_SPLIT_NO_EMPTY) as $secret) {
        $key = base64_decode(preg_replace('/^whsec_/', '', $secret), true);
        $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
        foreach (explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $given) {
            if (hash_equals($expected, $given)) {
                return true;
            }
        }
    }
    return false;
}

/** Carry out a decision once, and never an older one over a newer. */
function apply(string $webhookId, array $data): void
{
    $file = fopen(getenv('STATE') ?: 'callbacks.json', 'c+');
    flock($file, LOCK_EX);
    $kept = json_decode(stream_get_contents($file), true) ?? ['seen' => [], 'versions' => []];
    if (isset($kept['seen'][$webhookId])) {
        return; // delivered before
    }
    $kept['seen'][$webhookId] = time();
    if ($data['version'] > ($kept['versions'][$data['id']] ?? 0)) {
        $kept['versions'][$data['id']] = $data['version'];
        // Here: publish, hide or remove the comment $data['external_id'] in your own tables.
        error_log("applied {$data['external_id']} {$data['version']} {$data['decision']}");
    }
    rewind($file);
    ftruncate($file, 0);
    fwrite($file, json_encode($kept));
    fclose($file); // gives the lock back
}

/** Return the status to answer with; anything but a 2xx is sent again. */
function receive(): int
{
    if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
        return 405;
    }
    $body = (string) file_get_contents('php://input', length: MAX_BODY + 1);
    if (strlen($body) > MAX_BODY) {
        return 413;
    }
    if (!verified($body)) { // these bytes, not a re-encoded object
        return 401;
    }
    $data = json_decode($body, true)['data'] ?? null;
    foreach (['id', 'external_id', 'decision'] as $name) {
        if (!is_string($data[$name] ?? null)) {
            return 400;
        }
    }
    if (!is_int($data['version'] ?? null)) {
        return 400;
    }
    apply($_SERVER['HTTP_WEBHOOK_ID'], $data);
    return 204;
}

http_response_code(500); // and it stays that, if anything below fails
http_response_code(receive());
