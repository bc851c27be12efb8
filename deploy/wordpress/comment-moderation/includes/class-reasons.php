<?php
/**
 * What was decided and why, in words. Nothing here is escaped: whoever shows it does that.
 *
 * @package Comment_Moderation
 */

namespace Comment_Moderation;

defined( 'ABSPATH' ) || exit;

/**
 * Words for decisions.
 */
final class Reasons {

	/**
	 * Tell whether the person who rejected a comment said that it is spam.
	 *
	 * @param array $answer As the API gives it.
	 * @return bool
	 */
	public static function is_spam( array $answer ) {
		foreach ( (array) ( $answer['reasons'] ?? array() ) as $reason ) {
			if ( is_array( $reason ) && 'person' === ( $reason['code'] ?? '' ) && 'spam' === ( $reason['label'] ?? '' ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Return a sentence on how a comment stands.
	 *
	 * @param array $said What is kept of the service's last answer.
	 * @return string
	 */
	public static function in_words( array $said ) {
		switch ( $said['status'] ?? '' ) {
			case 'away':
				return __( 'The service did not answer. It will be asked again.', 'comment-moderation' );
			case 'refused':
				/* translators: %d: an HTTP status. */
				return sprintf( __( 'The service did not take the comment (%d).', 'comment-moderation' ), (int) ( $said['http'] ?? 0 ) );
			case 'pending':
				return __( 'Not decided yet.', 'comment-moderation' );
			case 'erased':
				return __( 'Erased at the service.', 'comment-moderation' );
		}
		$words = array_map( array( self::class, 'of' ), (array) ( $said['reasons'] ?? array() ) );
		/* translators: 1: what was decided, 2: the reasons. */
		return sprintf( __( '%1$s: %2$s', 'comment-moderation' ), self::outcome( $said ), implode( '; ', $words ) );
	}

	/**
	 * Return what was decided.
	 *
	 * @param array $said What is kept.
	 * @return string
	 */
	private static function outcome( array $said ) {
		switch ( $said['decision'] ?? '' ) {
			case 'approve':
				return __( 'Approved', 'comment-moderation' );
			case 'reject':
				return __( 'Rejected', 'comment-moderation' );
			default:
				return __( 'Held', 'comment-moderation' );
		}
	}

	/**
	 * Return one reason.
	 *
	 * @param array $reason Has a `code`, and what goes with it.
	 * @return string
	 */
	private static function of( array $reason ) {
		$code  = (string) ( $reason['code'] ?? '' );
		$words = self::codes();
		$text  = $words[ $code ] ?? $code;
		$label = str_replace( '_', ' ', (string) ( $reason['label'] ?? '' ) );
		if ( 'score_over_threshold' === $code ) {
			/* translators: 1: a label as "insult", 2: its score, 3: the threshold. */
			return sprintf( __( '%1$s %2$s, held from %3$s', 'comment-moderation' ), $label, self::number( $reason['score'] ?? null ), self::number( $reason['threshold'] ?? null ) );
		}
		$detail = 'person' === $code ? $label : (string) ( $reason['detail'] ?? '' );
		return '' === $detail ? $text : "$text ($detail)";
	}

	/**
	 * Return a score as it is read.
	 *
	 * @param mixed $score A probability.
	 * @return string
	 */
	private static function number( $score ) {
		return is_numeric( $score ) ? number_format_i18n( (float) $score, 2 ) : '?';
	}

	/**
	 * Return the service's reasons by code.
	 *
	 * @return string[]
	 */
	private static function codes() {
		return array(
			'below_thresholds' => __( 'all scores are below their thresholds', 'comment-moderation' ),
			'label_missing'    => __( 'a score is missing', 'comment-moderation' ),
			'unscored'         => __( 'there was no score', 'comment-moderation' ),
			'nothing_to_read'  => __( 'there is nothing to read', 'comment-moderation' ),
			'unread_language'  => __( 'the model does not read this language', 'comment-moderation' ),
			'disguised_text'   => __( 'the text is disguised', 'comment-moderation' ),
			'banned_word'      => __( 'a banned word', 'comment-moderation' ),
			'suspect_word'     => __( 'a word to look at', 'comment-moderation' ),
			'links'            => __( 'links', 'comment-moderation' ),
			'first_time_author' => __( 'the author is new', 'comment-moderation' ),
			'repeated_text'    => __( 'the text was seen before', 'comment-moderation' ),
			'article_held'     => __( 'all comments on this article are held', 'comment-moderation' ),
			'article_closed'   => __( 'this article is closed for comments', 'comment-moderation' ),
			'person'           => __( 'by a person', 'comment-moderation' ),
		);
	}
}
