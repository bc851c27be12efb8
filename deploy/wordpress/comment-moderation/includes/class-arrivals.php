<?php
/**
 * New comments: asked about before they are stored, and held where no answer came in time.
 *
 * @package Comment_Moderation
 */

namespace Comment_Moderation;

defined( 'ABSPATH' ) || exit;

/**
 * Decides on a comment before its row exists, and remembers the answer once it does.
 */
final class Arrivals {

	/**
	 * The comment that was asked about and is not stored yet: post, external_id, text, status and answer.
	 *
	 * @var array|null
	 */
	private static $asked = null;

	/**
	 * Return a new comment's status.
	 *
	 * @param int|string|\WP_Error $approved What WordPress' own rules and other plugins say.
	 * @param array                $data     The comment; with slashes, except through the REST API.
	 * @return int|string|\WP_Error 1 or 0; what is refused or put away already stays so.
	 */
	public static function decide( $approved, $data ) {
		self::$asked = null;
		$is_settled  = is_wp_error( $approved ) || in_array( $approved, array( 'spam', 'trash' ), true );
		if ( $is_settled || ! Settings::are_complete() || ! Submission::is_wanted( $data ) || current_user_can( 'moderate_comments' ) ) {
			return $approved;
		}
		$row                = self::as_stored( $data );
		$name               = wp_generate_uuid4();
		list( $status, $a ) = Service::submit( Submission::of( $row, $name ) );
		self::$asked        = array( (int) $row['comment_post_ID'], $name, $row['comment_content'], $status, $a );
		if ( self::is_answer( $status, $a ) ) {
			return 'approve' === Verdicts::decision( $a ) ? 1 : 0;
		}
		return self::unasked( $status, $approved );
	}

	/**
	 * Keep what was answered about a comment that is now stored.
	 *
	 * @param int         $id      The comment's id.
	 * @param \WP_Comment $comment The comment.
	 */
	public static function remember( $id, $comment ) {
		if ( null === self::$asked || (int) $comment->comment_post_ID !== self::$asked[0] || ! Submission::is_wanted( $comment->to_array() ) ) {
			return; // Another plugin's note, say; it was not asked about.
		}
		list( , $name, $text, $status, $answer ) = self::$asked;
		self::$asked                             = null;
		Record::set( $id, Record::EXTERNAL_ID, $name );
		if ( $comment->comment_content !== $text ) {
			// Another plugin changed it behind our back: nobody has read what would be shown.
			Verdicts::set_status( $id, 'hold' );
			Record::set( $id, Record::DUE, time() );
		} elseif ( self::is_answer( $status, $answer ) ) {
			Verdicts::apply( $id, $answer, true );
		} else {
			self::put_off( $id, $status );
		}
	}

	/**
	 * Submit a stored comment, again or for the first time, and carry the answer out.
	 *
	 * @param int $id The comment's id.
	 * @return bool Whether the next may be asked about at once.
	 */
	public static function resubmit( $id ) {
		$row                     = get_comment( $id, ARRAY_A );
		$name                    = Record::get( $id, Record::EXTERNAL_ID );
		list( $status, $answer ) = Service::submit( Submission::of( $row, $name ), Record::get( $id, Record::ID ) );
		if ( self::is_answer( $status, $answer ) ) {
			Record::forget( $id, Record::DUE );
			Verdicts::apply( $id, $answer );
			return true;
		}
		self::put_off( $id, $status );
		return ! Service::wants_patience( $status );
	}

	/**
	 * Mark a comment that got no answer, so that it is asked about again, or say that it was refused.
	 *
	 * @param int $id     The comment's id.
	 * @param int $status The answer's status.
	 */
	public static function put_off( $id, $status ) {
		$is_passing = Service::is_passing( $status );
		Record::set( $id, Record::SAID, array( 'status' => $is_passing ? 'away' : 'refused', 'http' => $status ) );
		if ( $is_passing ) {
			Record::set( $id, Record::DUE, time() );
		} else {
			Record::forget( $id, Record::DUE );
		}
	}

	/**
	 * Tell whether this is the service's word on a comment.
	 *
	 * @param int   $status The answer's status.
	 * @param array $answer Its body.
	 * @return bool
	 */
	public static function is_answer( $status, array $answer ) {
		return in_array( $status, array( 200, 201, 202 ), true ) && is_string( $answer['id'] ?? null )
			&& is_int( $answer['version'] ?? null ) && is_int( $answer['revision'] ?? null );
	}

	/**
	 * Return the status of a comment without an answer.
	 *
	 * @param int        $status   The HTTP status, 0 for none.
	 * @param int|string $approved What WordPress' own rules say.
	 * @return int|string
	 */
	private static function unasked( $status, $approved ) {
		return 'wordpress' === Settings::get( 'away' ) && Service::is_passing( $status ) ? $approved : 0;
	}

	/**
	 * Return a comment as its row will be: what is submitted has to be what is shown.
	 *
	 * @param array $data As `pre_comment_approved` has it.
	 * @return array
	 */
	private static function as_stored( array $data ) {
		// The REST API asks before it filters, with no slashes; everything else after, with them.
		$is_rest = defined( 'REST_REQUEST' ) && REST_REQUEST;
		return wp_unslash( $is_rest ? wp_filter_comment( wp_slash( $data ) ) : $data );
	}
}
