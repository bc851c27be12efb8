<?php
/**
 * The service's HTTP API. It never says anything of a comment's text, in no error and no log.
 *
 * @package Comment_Moderation
 */

namespace Comment_Moderation;

defined( 'ABSPATH' ) || exit;

/**
 * Calls to the service. An answer is `array( status, body )`; status 0 is no answer at all.
 */
final class Service {

	/** Seconds beyond the wait; WordPress' HTTP client knows none shorter than one. */
	const GRACE_S = 1;

	/**
	 * Whether a call got no answer: the rest of this request asks no more, so that an outage costs it one wait.
	 *
	 * @var bool
	 */
	private static $is_away = false;

	/**
	 * Submit a comment, or a new text of one.
	 *
	 * @param array  $submission As the API's `POST /v1/comments` takes it, with an external_id.
	 * @param string $id         The service's id where it is known, so that the text replaces the earlier.
	 * @return array Status and body. The same submission again is answered as the first was.
	 */
	public static function submit( array $submission, $id = '' ) {
		$wait    = Settings::wait();
		$headers = $wait ? array( 'Prefer' => "wait=$wait" ) : array();
		if ( '' === $id ) {
			$answer = self::ask( 'POST', '/v1/comments', $submission, $headers, $wait );
			if ( 409 !== $answer[0] ) {
				return $answer;
			}
			// It is there with another text, from before an answer was lost.
			list( $status, $found ) = self::find( $submission['external_id'] );
			if ( ! isset( $found['id'] ) || ! in_array( $status, array( 200, 202 ), true ) ) {
				return array( $status, $found );
			}
			$id = $found['id'];
		}
		return self::ask( 'PUT', '/v1/comments/' . rawurlencode( $id ), $submission, $headers, $wait );
	}

	/**
	 * Look a comment up by WordPress' name of it.
	 *
	 * @param string $external_id The UUID that it was submitted with.
	 * @return array Status and body.
	 */
	public static function find( $external_id ) {
		return self::ask( 'GET', '/v1/comments?external_id=' . rawurlencode( $external_id ) );
	}

	/**
	 * Relay a person's decision on the version that they saw.
	 *
	 * @param string $id       The service's id.
	 * @param int    $version  The version that WordPress knows of.
	 * @param array  $decision With `decision`, `actor` and `reason`.
	 * @return array Status and body.
	 */
	public static function decide( $id, $version, array $decision ) {
		$headers = array( 'If-Match' => '"' . (int) $version . '"' );
		return self::ask( 'POST', '/v1/comments/' . rawurlencode( $id ) . '/decision', $decision, $headers );
	}

	/**
	 * Have the service forget a comment.
	 *
	 * @param string $external_id The UUID that it was submitted with.
	 * @return bool Whether nothing of it is left there.
	 */
	public static function erase( $external_id ) {
		list( $status, $found ) = self::find( $external_id );
		if ( 200 === $status || 202 === $status ) {
			list( $status ) = self::ask( 'DELETE', '/v1/comments/' . rawurlencode( $found['id'] ) );
		}
		return 404 === $status || ( $status >= 200 && $status < 300 );
	}

	/**
	 * Return the decisions after a place in the service's feed.
	 *
	 * @param string $cursor Where the last page ended, '' for the beginning.
	 * @param int    $limit  How many at most.
	 * @return array Status and body.
	 */
	public static function decisions( $cursor, $limit ) {
		$query = '' === $cursor ? '' : '&after=' . rawurlencode( $cursor );
		return self::ask( 'GET', '/v1/decisions?limit=' . (int) $limit . $query );
	}

	/**
	 * Tell whether a call may do better later: no answer, overload, a fault there, or a key to be mended.
	 *
	 * @param int $status The answer's status.
	 * @return bool
	 */
	public static function is_passing( $status ) {
		return $status < 200 || $status >= 500 || in_array( $status, array( 401, 403, 408, 429 ), true );
	}

	/**
	 * Tell whether the next call would do no better: it is no fault of the one comment.
	 *
	 * @param int $status The answer's status.
	 * @return bool
	 */
	public static function wants_patience( $status ) {
		return in_array( $status, array( 0, 401, 403, 429, 503 ), true );
	}

	/**
	 * Ask, and read the answer.
	 *
	 * @param string     $method  The method.
	 * @param string     $path    Path and query.
	 * @param array|null $body    Sent as JSON.
	 * @param array      $headers Further headers.
	 * @param int        $wait    Seconds that the service may take on purpose.
	 * @return array Status and body.
	 */
	private static function ask( $method, $path, ?array $body = null, array $headers = array(), $wait = 0 ) {
		if ( self::$is_away || ! Settings::are_complete() ) {
			return array( 0, array() );
		}
		$headers['Authorization'] = 'Bearer ' . Settings::get( 'key' );
		$request                  = array(
			'method'      => $method,
			'timeout'     => $wait + self::GRACE_S,
			'redirection' => 0,
			'headers'     => $headers,
		);
		if ( null !== $body ) {
			$request['headers']['Content-Type'] = 'application/json';
			$request['body']                    = wp_json_encode( $body );
		}
		$response = wp_remote_request( untrailingslashit( Settings::get( 'address' ) ) . $path, $request );
		if ( is_wp_error( $response ) ) {
			self::$is_away = true;
			return array( 0, array() );
		}
		$found = json_decode( wp_remote_retrieve_body( $response ), true );
		return array( (int) wp_remote_retrieve_response_code( $response ), is_array( $found ) ? $found : array() );
	}
}
