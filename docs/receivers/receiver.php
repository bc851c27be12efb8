<?php
/* A callback receiver in PHP 8, without dependencies:

     CALLBACK_SECRETS="whsec_…" STATE=callbacks.json php -S 127.0.0.1:8081 receiver.php

   CALLBACK_SECRETS holds one secret, or two with a space between while a secret is being rotated.
   STATE stands in for your database: keep the maps there, and change them in one transaction.
   Where you submit and edit, require this file and call `sent` with what the service answered. */

declare(strict_types=1);

const MAX_BODY = 1024 * 1024;
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
        if ($key === false || $key === '') {
            continue; // with an empty key anybody could sign
        }
        $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
        foreach (explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $given) {
            if (hash_equals($expected, $given)) {
                return true;
            }
        }
    }
    return false;
}

/** Let `$change` alter what is kept, alone; it stands in for a transaction. */
function change(callable $change): void
{
    $file = fopen(getenv('STATE') ?: 'callbacks.json', 'c+');
    flock($file, LOCK_EX);
    $kept = json_decode(stream_get_contents($file), true) ?? [];
    $kept = $change($kept + ['seen' => [], 'versions' => [], 'revisions' => []]);
    rewind($file);
    ftruncate($file, 0);
    fwrite($file, json_encode($kept));
    fclose($file); // gives the lock back
}

/** Keep the `id` and `revision` of every answer to a submission or an edit of yours: a callback
    on an earlier text then changes nothing, even where it comes first. */
function sent(string $id, int $revision): void
{
    change(function (array $kept) use ($id, $revision): array {
        $kept['revisions'][$id] = max($revision, $kept['revisions'][$id] ?? 0);
        return $kept;
    });
}

/** Carry out a decision once, never an older one over a newer, never one on an earlier text. */
function apply(string $webhookId, array $data): void
{
    change(function (array $kept) use ($webhookId, $data): array {
        if (isset($kept['seen'][$webhookId])) {
            return $kept; // delivered before
        }
        $kept['seen'][$webhookId] = time();
        $isNewer = $data['version'] > ($kept['versions'][$data['id']] ?? 0);
        if ($isNewer && $data['revision'] >= ($kept['revisions'][$data['id']] ?? 0)) {
            $kept['versions'][$data['id']] = $data['version'];
            $kept['revisions'][$data['id']] = $data['revision'];
            $name = $data['external_id'] ?? $data['id']; // a comment need not have an external_id
            // Here: publish, hide or remove the comment $name in your own tables.
            error_log("applied $name {$data['version']} {$data['decision']}");
        }
        return $kept;
    });
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
    if (!is_string($data['id'] ?? null) || !is_string($data['decision'] ?? null)) {
        return 400;
    }
    if (!is_int($data['version'] ?? null) || !is_int($data['revision'] ?? null)) {
        return 400;
    }
    if (!is_string($data['external_id'] ?? '')) {
        return 400;
    }
    apply($_SERVER['HTTP_WEBHOOK_ID'], $data);
    return 204;
}

if (isset($_SERVER['REQUEST_METHOD'])) { // not where a program of yours requires this file
    http_response_code(500); // and it stays that, if anything below fails
    http_response_code(receive());
}
