<?php
/**
 * Who sent a callback: Standard Webhooks signatures over the bytes as they came.
 *
 * @package Comment_Moderation
 */

namespace Comment_Moderation;

defined( 'ABSPATH' ) || exit;

/**
 * Verifies signatures.
 */
final class Signature {

	const TOLERANCE_S = 300;

	/**
	 * Tell whether one of the secrets signed a body within the last five minutes.
	 *
	 * @param string   $body       The raw body.
	 * @param string   $id         The header `webhook-id`.
	 * @param string   $timestamp  The header `webhook-timestamp`, in seconds.
	 * @param string   $signatures The header `webhook-signature`, which may hold several.
	 * @param string[] $secrets    Each `whsec_` and base64.
	 * @return bool
	 */
	public static function is_good( $body, $id, $timestamp, $signatures, array $secrets ) {
		if ( '' === $id || ! preg_match( '/^\d{1,12}$/D', $timestamp ) ) {
			return false;
		}
		if ( abs( time() - (int) $timestamp ) > self::TOLERANCE_S ) {
			return false;
		}
		foreach ( $secrets as $secret ) {
			$key = self::key( $secret );
			if ( '' === $key ) {
				continue;
			}
			$expected = 'v1,' . base64_encode( hash_hmac( 'sha256', "$id.$timestamp.$body", $key, true ) );
			foreach ( explode( ' ', $signatures ) as $given ) {
				if ( hash_equals( $expected, $given ) ) {
					return true;
				}
			}
		}
		return false;
	}

	/**
	 * Return the bytes of a secret.
	 *
	 * @param string $secret As it is written.
	 * @return string '' for what is none: with an empty key anybody could sign.
	 */
	public static function key( $secret ) {
		$key = base64_decode( preg_replace( '/^whsec_/', '', $secret ), true );
		return is_string( $key ) && strlen( $key ) >= 24 ? $key : '';
	}
}
