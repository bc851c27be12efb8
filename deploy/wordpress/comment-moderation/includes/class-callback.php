<?php
/**
 * The service's callbacks: a REST route that only the service's signature opens.
 *
 * @package Comment_Moderation
 */

namespace Comment_Moderation;

defined( 'ABSPATH' ) || exit;

/**
 * Takes `comment.decided` and carries it out.
 */
final class Callback {

	const SPACE = 'comment-moderation/v1';
	const ROUTE = '/callback';

	/** A decision tells all its reasons. */
	const MOST_BYTES = 1048576;

	/** A decision may be told before its comment's row is there; after this long, the row is gone. */
	const ROW_EXPECTED_S = 600;

	/**
	 * Offer the route.
	 */
	public static function register() {
		register_rest_route(
			self::SPACE,
			self::ROUTE,
			array(
				'methods'             => 'POST',
				'permission_callback' => array( self::class, 'is_signed' ),
				'callback'            => array( self::class, 'receive' ),
			)
		);
	}

	/**
	 * Return where the service is to call.
	 *
	 * @return string
	 */
	public static function url() {
		return rest_url( self::SPACE . self::ROUTE );
	}

	/**
	 * Let nobody in but the service.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return true|\WP_Error
	 */
	public static function is_signed( $request ) {
		$body = $request->get_body();
		if ( strlen( $body ) > self::MOST_BYTES ) {
			return new \WP_Error( 'comment_moderation_too_large', __( 'The body is too long.', 'comment-moderation' ), array( 'status' => 413 ) );
		}
		$headers = array();
		foreach ( array( 'webhook-id', 'webhook-timestamp', 'webhook-signature' ) as $name ) {
			$headers[] = (string) $request->get_header( $name );
		}
		if ( Signature::is_good( $body, $headers[0], $headers[1], $headers[2], Settings::secrets() ) ) {
			return true;
		}
		return new \WP_Error( 'comment_moderation_unsigned', __( 'The signature is not good.', 'comment-moderation' ), array( 'status' => 401 ) );
	}

	/**
	 * Carry a decision out; the same again, or an older one, changes nothing and is answered alike.
	 *
	 * @param \WP_REST_Request $request The request.
	 * @return \WP_REST_Response 204; 503 asks the service to send it again.
	 */
	public static function receive( $request ) {
		$event  = json_decode( $request->get_body(), true );
		$answer = is_array( $event ) ? ( $event['data'] ?? null ) : null;
		if ( ! is_array( $answer ) || ! Arrivals::is_answer( 200, $answer ) ) {
			return new \WP_REST_Response( null, 400 );
		}
		$comment = is_string( $answer['external_id'] ?? null ) ? Record::find( $answer['external_id'] ) : 0;
		if ( $comment ) {
			Verdicts::apply( $comment, $answer );
			return new \WP_REST_Response( null, 204 );
		}
		$received = strtotime( (string) ( $answer['received_at'] ?? '' ) );
		$is_early = $received && time() - $received < self::ROW_EXPECTED_S;
		return new \WP_REST_Response( null, $is_early ? 503 : 204 );
	}
}
