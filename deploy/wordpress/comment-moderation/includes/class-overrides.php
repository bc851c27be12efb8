<?php
/**
 * People's decisions in WordPress, relayed to the service: kept until it has taken them.
 *
 * @package Comment_Moderation
 */

namespace Comment_Moderation;

defined( 'ABSPATH' ) || exit;

/**
 * Notices who changed a comment's status, and tells the service.
 */
final class Overrides {

	const DECISIONS = array(
		'approved'   => 'approve',
		'unapproved' => 'hold',
		'spam'       => 'reject',
		'trash'      => 'reject',
	);

	/**
	 * Changes of status that an edit's decision is about to make: comment id to 'approved' or 'unapproved'.
	 *
	 * @var string[]
	 */
	private static $expected = array();

	/**
	 * Say that a change of status is the service's decision on an edit.
	 *
	 * @param int    $comment  The comment's id.
	 * @param string $approved Either '1' or '0'.
	 */
	public static function expect( $comment, $approved ) {
		self::$expected[ $comment ] = '1' === $approved ? 'approved' : 'unapproved';
	}

	/**
	 * Keep a person's decision, and relay it.
	 *
	 * @param string      $new_status What it is now.
	 * @param string      $old_status What it was.
	 * @param \WP_Comment $comment    The comment.
	 */
	public static function notice( $new_status, $old_status, $comment ) {
		$id       = (int) $comment->comment_ID;
		$expected = self::$expected[ $id ] ?? '';
		unset( self::$expected[ $id ] );
		if ( Verdicts::are_applying() || $expected === $new_status || ! isset( self::DECISIONS[ $new_status ] ) ) {
			return;
		}
		$user = wp_get_current_user();
		// No person, no rejection: WordPress' own clean-up and other plugins decide for themselves.
		if ( ! $user->exists() || ! current_user_can( 'edit_comment', $id ) || '' === Record::get( $id, Record::EXTERNAL_ID ) ) {
			return;
		}
		$decision = array(
			'decision' => self::DECISIONS[ $new_status ],
			'actor'    => array(
				'id'   => "wordpress-user-{$user->ID}",
				'name' => $user->display_name,
			),
		);
		if ( 'reject' === $decision['decision'] ) {
			$decision['reason'] = $new_status;
		}
		Record::set( $id, Record::OVERRIDE, $decision );
		self::relay( $id );
	}

	/**
	 * Relay what a person decided.
	 *
	 * @param int $id The comment's id.
	 * @return bool Whether the next may be relayed at once.
	 */
	public static function relay( $id ) {
		$name     = Record::get( $id, Record::ID );
		$decision = Record::read( $id, Record::OVERRIDE );
		if ( '' === $name ) {
			return true; // Not submitted yet: that is done first.
		}
		list( $status, $body ) = Service::decide( $name, Record::get( $id, Record::VERSION ), $decision );
		if ( 412 === $status ) {
			list( $status, $body ) = self::after_another( $id, $name, $decision );
		}
		if ( 200 === $status && Arrivals::is_answer( $status, $body ) ) {
			Verdicts::apply( $id, $body, true );
			Record::forget( $id, Record::OVERRIDE );
			return true;
		}
		$is_four_eyes = 'urn:comment-moderation:problem:four-eyes' === ( $body['type'] ?? '' );
		if ( Service::is_passing( $status ) && ! $is_four_eyes ) {
			return ! Service::wants_patience( $status );
		}
		self::take_back( $id );
		return true;
	}

	/**
	 * Decide what becomes of a decision when somebody or something acted there first.
	 *
	 * @param int    $id       The comment's id.
	 * @param string $name     The service's id.
	 * @param array  $decision What the person decided here.
	 * @return array Status and body.
	 */
	private static function after_another( $id, $name, array $decision ) {
		list( $status, $now ) = Service::find( Record::get( $id, Record::EXTERNAL_ID ) );
		if ( ! Arrivals::is_answer( $status, $now ) ) {
			return array( $status, $now );
		}
		if ( 'person' === ( $now['decided_by'] ?? '' ) ) {
			return array( 409, array() ); // Theirs stands, as for any two people.
		}
		return Service::decide( $name, $now['version'], $decision );
	}

	/**
	 * Follow the service, which refused a decision: another person was first, or must be asked.
	 *
	 * @param int $id The comment's id.
	 */
	private static function take_back( $id ) {
		list( $status, $now ) = Service::find( Record::get( $id, Record::EXTERNAL_ID ) );
		if ( Service::is_passing( $status ) ) {
			return;
		}
		Record::forget( $id, Record::OVERRIDE );
		if ( Arrivals::is_answer( $status, $now ) && 'erased' !== ( $now['status'] ?? '' ) ) {
			Verdicts::apply( $id, $now, true );
			Verdicts::set_status( $id, Verdicts::decision( $now ), Reasons::is_spam( $now ) );
		}
	}
}
