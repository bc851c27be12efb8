<?php
/**
 * What WordPress does every five minutes: asks about what got no answer, and reads what callbacks missed.
 *
 * @package Comment_Moderation
 */

namespace Comment_Moderation;

defined( 'ABSPATH' ) || exit;

/**
 * The work that WP-Cron does.
 */
final class Recheck {

	const HOOK       = 'comment_moderation_recheck';
	const INTERVAL_S = 300;
	const CURSOR     = 'comment_moderation_cursor';

	/** Of each kind of work, in one run. */
	const AT_ONCE = 50;
	const PAGE    = 200;
	const PAGES   = 5;

	/**
	 * Add the interval.
	 *
	 * @param array $schedules WordPress' own.
	 * @return array
	 */
	public static function schedules( $schedules ) {
		$schedules['comment_moderation'] = array(
			'interval' => self::INTERVAL_S,
			'display'  => __( 'Every five minutes', 'comment-moderation' ),
		);
		return $schedules;
	}

	/**
	 * Have it run.
	 */
	public static function schedule() {
		if ( ! wp_next_scheduled( self::HOOK ) ) {
			wp_schedule_event( time() + self::INTERVAL_S, 'comment_moderation', self::HOOK );
		}
	}

	/**
	 * Have it run no more.
	 */
	public static function unschedule() {
		wp_clear_scheduled_hook( self::HOOK );
	}

	/**
	 * Do what is due; of each kind, until the service asks for patience.
	 */
	public static function run() {
		foreach ( Record::with( Record::DUE, self::AT_ONCE ) as $comment ) {
			if ( ! Arrivals::resubmit( $comment ) ) {
				break;
			}
		}
		foreach ( Record::with( Record::OVERRIDE, self::AT_ONCE ) as $comment ) {
			if ( ! Overrides::relay( $comment ) ) {
				break;
			}
		}
		Erasure::run( self::AT_ONCE );
		self::follow();
	}

	/**
	 * Read the service's feed of decisions on from where it was left.
	 */
	private static function follow() {
		for ( $page = 0; $page < self::PAGES; $page++ ) {
			list( $status, $body ) = Service::decisions( (string) get_option( self::CURSOR, '' ), self::PAGE );
			if ( 200 !== $status || ! is_array( $body['decisions'] ?? null ) || ! is_string( $body['next'] ?? null ) ) {
				return;
			}
			foreach ( $body['decisions'] as $answer ) {
				$comment = is_string( $answer['external_id'] ?? null ) ? Record::find( $answer['external_id'] ) : 0;
				if ( $comment && Arrivals::is_answer( 200, $answer ) ) {
					Verdicts::apply( $comment, $answer );
				}
			}
			update_option( self::CURSOR, $body['next'], false );
			if ( count( $body['decisions'] ) < self::PAGE ) {
				return;
			}
		}
	}
}
