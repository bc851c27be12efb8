<?php
/**
 * Where the service is and how to speak to it: from wp-config.php, else from the settings page.
 *
 * @package Comment_Moderation
 */

namespace Comment_Moderation;

defined( 'ABSPATH' ) || exit;

/**
 * The settings. A constant in wp-config.php stands over what the page says.
 */
final class Settings {

	const OPTION    = 'comment_moderation_service';
	const CONSTANTS = array(
		'address' => 'COMMENT_MODERATION_ADDRESS',
		'key'     => 'COMMENT_MODERATION_KEY',
		'secret'  => 'COMMENT_MODERATION_SECRET',
	);
	const DEFAULTS  = array(
		'address' => '',
		'key'     => '',
		'secret'  => '',
		'wait'    => 1,
		'away'    => 'hold',
	);

	/**
	 * Return one setting.
	 *
	 * @param string $name One of the names in DEFAULTS.
	 * @return string
	 */
	public static function get( $name ) {
		if ( self::is_constant( $name ) ) {
			return (string) constant( self::CONSTANTS[ $name ] );
		}
		$kept = get_option( self::OPTION, array() );
		return (string) ( is_array( $kept ) && isset( $kept[ $name ] ) ? $kept[ $name ] : self::DEFAULTS[ $name ] );
	}

	/**
	 * Tell whether wp-config.php has the word on a setting.
	 *
	 * @param string $name One of the names in DEFAULTS.
	 * @return bool
	 */
	public static function is_constant( $name ) {
		return isset( self::CONSTANTS[ $name ] ) && defined( self::CONSTANTS[ $name ] );
	}

	/**
	 * Tell whether the service can be asked at all.
	 *
	 * @return bool
	 */
	public static function are_complete() {
		return '' !== self::get( 'address' ) && '' !== self::get( 'key' );
	}

	/**
	 * Return how long a visitor waits for the decision, in whole seconds from 0 to 5.
	 *
	 * @return int
	 */
	public static function wait() {
		return max( 0, min( 5, (int) self::get( 'wait' ) ) );
	}

	/**
	 * Return the secrets that callbacks may be signed with: two while one is being rotated.
	 *
	 * @return string[]
	 */
	public static function secrets() {
		return preg_split( '/\s+/', self::get( 'secret' ), -1, PREG_SPLIT_NO_EMPTY );
	}
}
