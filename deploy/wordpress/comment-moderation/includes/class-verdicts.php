<?php
/**
 * What the service said of a comment, carried out here: newest only, and each decision once.
 *
 * @package Comment_Moderation
 */

namespace Comment_Moderation;

defined( 'ABSPATH' ) || exit;

/**
 * Applies answers of the service to comments.
 */
final class Verdicts {

	/**
	 * How many changes of status under way are the service's and not a person's.
	 *
	 * @var int
	 */
	private static $own = 0;

	/**
	 * Tell whether the change of status that is under way was made here.
	 *
	 * @return bool
	 */
	public static function are_applying() {
		return self::$own > 0;
	}

	/**
	 * Return an answer's decision.
	 *
	 * @param array $answer As the API gives it.
	 * @return string 'approve', 'hold' or 'reject'; 'hold' too for what is not decided or not understood.
	 */
	public static function decision( array $answer ) {
		$decision = 'decided' === ( $answer['status'] ?? '' ) ? ( $answer['decision'] ?? '' ) : '';
		$may      = 'person' === ( $answer['decided_by'] ?? '' ) ? array( 'approve', 'reject' ) : array( 'approve' );
		return in_array( $decision, $may, true ) ? $decision : 'hold';
	}

	/**
	 * Carry an answer out. What is older than what is known changes nothing, nor does the same again.
	 *
	 * @param int   $comment The comment's id.
	 * @param array $answer  As the API gives it: `id`, `version` and `revision` at least.
	 * @param bool  $is_set  Whether the row has the status already.
	 */
	public static function apply( $comment, array $answer, $is_set = false ) {
		$version  = (int) $answer['version'];
		$revision = (int) $answer['revision'];
		if ( $revision < (int) Record::get( $comment, Record::REVISION ) ) {
			return;
		}
		if ( ! $is_set && 'approve' === self::decision( $answer ) && ! self::is_of_this_text( $comment, $answer ) ) {
			return; // It was edited while the service did not answer: what would be shown is asked about by itself.
		}
		// One that was cut off between the two marks is carried out when it is told again.
		$is_half_done = (int) Record::get( $comment, Record::VERSION ) === $version
			&& (int) Record::get( $comment, Record::APPLIED ) !== $version;
		if ( ! Record::claim_version( $comment, $version ) && ! $is_half_done ) {
			return;
		}
		Record::set( $comment, Record::ID, $answer['id'] );
		Record::set( $comment, Record::REVISION, $revision );
		Record::set( $comment, Record::SAID, self::kept( $answer ) );
		if ( ! $is_set && 'decided' === ( $answer['status'] ?? '' ) && ! self::yields( $comment, $answer ) ) {
			self::set_status( $comment, self::decision( $answer ), Reasons::is_spam( $answer ) );
		}
		Record::set( $comment, Record::APPLIED, $version );
	}

	/**
	 * Give a comment the status of a decision.
	 *
	 * @param int    $comment  The comment's id.
	 * @param string $decision Either 'approve', 'hold' or 'reject'.
	 * @param bool   $is_spam  Whether the person who rejected it said that it is spam.
	 */
	public static function set_status( $comment, $decision, $is_spam = false ) {
		$wanted = 'reject' === $decision ? ( $is_spam ? 'spam' : 'trash' ) : $decision;
		$now    = wp_get_comment_status( $comment );
		if ( in_array( $now, array( 'spam', 'trash' ), true ) && 'reject' === $decision ) {
			return; // A person put it away already; where to is theirs to say.
		}
		++self::$own;
		try {
			if ( 'trash' === $now ) {
				wp_untrash_comment( $comment );
			} elseif ( 'spam' === $now ) {
				wp_unspam_comment( $comment );
			}
			if ( 'trash' === $wanted ) {
				wp_trash_comment( $comment );
			} elseif ( 'spam' === $wanted ) {
				wp_spam_comment( $comment );
			} else {
				wp_set_comment_status( $comment, $wanted );
			}
		} finally {
			--self::$own;
		}
	}

	/**
	 * Tell whether a decision stands back: a person acted here, and it is no person's.
	 *
	 * @param int   $comment The comment's id.
	 * @param array $answer  As the API gives it.
	 * @return bool
	 */
	private static function yields( $comment, array $answer ) {
		if ( '' === Record::get( $comment, Record::OVERRIDE ) ) {
			$is_put_away = in_array( wp_get_comment_status( $comment ), array( 'spam', 'trash' ), true );
			return $is_put_away && 'person' !== ( $answer['decided_by'] ?? '' );
		}
		if ( 'person' === ( $answer['decided_by'] ?? '' ) ) {
			Record::forget( $comment, Record::OVERRIDE );
			return false;
		}
		return true;
	}

	/**
	 * Tell whether an answer is about the text that is here.
	 *
	 * @param int   $comment The comment's id.
	 * @param array $answer  As the API gives it; without a hash where the service keeps the text no longer.
	 * @return bool
	 */
	private static function is_of_this_text( $comment, array $answer ) {
		$row  = get_comment( $comment );
		$hash = (string) ( $answer['text_sha256'] ?? '' );
		if ( '' === $hash ) {
			return '' === Record::get( $comment, Record::DUE );
		}
		return $row && hash_equals( $hash, hash( 'sha256', $row->comment_content ) );
	}

	/**
	 * Return what the list of comments shows of an answer.
	 *
	 * @param array $answer As the API gives it.
	 * @return array
	 */
	private static function kept( array $answer ) {
		return array(
			'decision'   => self::decision( $answer ),
			'status'     => (string) ( $answer['status'] ?? '' ),
			'decided_by' => (string) ( $answer['decided_by'] ?? '' ),
			'reasons'    => array_slice( array_filter( (array) ( $answer['reasons'] ?? array() ), 'is_array' ), 0, 10 ),
		);
	}
}
