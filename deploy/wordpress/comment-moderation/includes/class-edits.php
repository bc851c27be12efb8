<?php
/**
 * Edited comments: a new text is decided anew, before anybody sees it.
 *
 * @package Comment_Moderation
 */

namespace Comment_Moderation;

defined( 'ABSPATH' ) || exit;

/**
 * Submits edits of comments that the service knows.
 */
final class Edits {

	/**
	 * Give an edited comment its status.
	 *
	 * @param array|\WP_Error $data The new row, without slashes.
	 * @param array           $old  The row as it was, with slashes.
	 * @return array|\WP_Error
	 */
	public static function decide( $data, $old ) {
		if ( is_wp_error( $data ) || wp_unslash( $old['comment_content'] ) === $data['comment_content'] ) {
			return $data;
		}
		$id   = (int) $data['comment_ID'];
		$name = Record::get( $id, Record::EXTERNAL_ID );
		if ( '' === $name ) {
			return $data; // Written before this plugin was there, or by a moderator.
		}
		list( $status, $answer ) = Service::submit( Submission::of( $data, $name ), Record::get( $id, Record::ID ) );
		$is_answer               = Arrivals::is_answer( $status, $answer );
		if ( $is_answer ) {
			Record::forget( $id, Record::DUE );
			Verdicts::apply( $id, $answer, true );
		} else {
			Arrivals::put_off( $id, $status );
		}
		$is_anothers = (string) $data['comment_approved'] !== (string) $old['comment_approved'];
		if ( $is_anothers || ! in_array( (string) $data['comment_approved'], array( '0', '1' ), true ) ) {
			return $data; // The editor decided with the same click, or it is put away.
		}
		if ( $is_answer || 'hold' === Settings::get( 'away' ) ) {
			$data['comment_approved'] = $is_answer && 'approve' === Verdicts::decision( $answer ) ? '1' : '0';
			Overrides::expect( $id, $data['comment_approved'] );
		}
		return $data;
	}
}
