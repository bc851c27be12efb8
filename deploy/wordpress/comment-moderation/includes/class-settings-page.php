<?php
/**
 * Settings › Comment Moderation. Secrets go in and are never shown again.
 *
 * @package Comment_Moderation
 */

namespace Comment_Moderation;

defined( 'ABSPATH' ) || exit;

/**
 * The settings page, by WordPress' Settings API: it checks the nonce and the capability.
 */
final class Settings_Page {

	const PAGE = 'comment-moderation';

	/**
	 * Say what may be set.
	 */
	public static function register() {
		register_setting(
			self::PAGE,
			Settings::OPTION,
			array(
				'type'              => 'array',
				'sanitize_callback' => array( self::class, 'sanitize' ),
				'default'           => Settings::DEFAULTS,
			)
		);
		add_settings_section( 'service', '', '__return_null', self::PAGE );
		foreach ( self::fields() as $name => $title ) {
			$field = array(
				'name'      => $name,
				'label_for' => "comment-moderation-$name",
			);
			add_settings_field( $name, $title, array( self::class, 'field' ), self::PAGE, 'service', $field );
		}
	}

	/**
	 * Put the page into the menu.
	 */
	public static function add() {
		$title = __( 'Comment Moderation', 'comment-moderation' );
		add_options_page( $title, $title, 'manage_options', self::PAGE, array( self::class, 'show' ) );
	}

	/**
	 * Return the settings as they may be kept. What is wrong is told, and what was there stays.
	 *
	 * @param mixed $given What the form sent.
	 * @return array
	 */
	public static function sanitize( $given ) {
		$given = is_array( $given ) ? $given : array();
		$kept  = get_option( Settings::OPTION, array() );
		$kept  = array_intersect_key( is_array( $kept ) ? $kept : array(), Settings::DEFAULTS ) + Settings::DEFAULTS;
		if ( isset( $given['address'] ) ) {
			$address = esc_url_raw( trim( (string) $given['address'] ), array( 'http', 'https' ) );
			if ( '' === $address && '' !== trim( (string) $given['address'] ) ) {
				add_settings_error( Settings::OPTION, 'address', __( 'The address has to begin with https:// or http://.', 'comment-moderation' ) );
			} else {
				$kept['address'] = untrailingslashit( $address );
			}
		}
		foreach ( array( 'key', 'secret' ) as $name ) {
			$value = trim( (string) ( $given[ $name ] ?? '' ) );
			if ( 'secret' === $name && '' !== $value && in_array( '', array_map( array( Signature::class, 'key' ), preg_split( '/\s+/', $value ) ), true ) ) {
				add_settings_error( Settings::OPTION, 'secret', __( 'A secret is whsec_ and at least 24 bytes in base64.', 'comment-moderation' ) );
			} elseif ( '' !== $value ) {
				$kept[ $name ] = sanitize_text_field( $value );
			}
		}
		$kept['wait'] = max( 0, min( 5, (int) ( $given['wait'] ?? $kept['wait'] ) ) );
		$kept['away'] = 'wordpress' === ( $given['away'] ?? $kept['away'] ) ? 'wordpress' : 'hold';
		return $kept;
	}

	/**
	 * Show one field.
	 *
	 * @param array $field Has `name` and `label_for`.
	 */
	public static function field( $field ) {
		$name = $field['name'];
		$id   = $field['label_for'];
		if ( Settings::is_constant( $name ) ) {
			/* translators: %s: the name of a constant. */
			echo esc_html( sprintf( __( 'Set by %s in wp-config.php.', 'comment-moderation' ), Settings::CONSTANTS[ $name ] ) );
		} elseif ( 'away' === $name ) {
			printf( '<select id="%s" name="%s[away]">', esc_attr( $id ), esc_attr( Settings::OPTION ) );
			foreach ( self::choices() as $value => $label ) {
				printf( '<option value="%s"%s>%s</option>', esc_attr( $value ), selected( Settings::get( 'away' ), $value, false ), esc_html( $label ) );
			}
			echo '</select>';
		} else {
			self::input( $name, $id );
		}
	}

	/**
	 * Show one field that is typed into.
	 *
	 * @param string $name The setting.
	 * @param string $id   The element's id.
	 */
	private static function input( $name, $id ) {
		$is_secret = in_array( $name, array( 'key', 'secret' ), true );
		$types     = array(
			'address' => 'url',
			'wait'    => 'number',
		);
		printf(
			'<input id="%s" name="%s[%s]" type="%s" value="%s" class="regular-text" autocomplete="off"%s%s>',
			esc_attr( $id ),
			esc_attr( Settings::OPTION ),
			esc_attr( $name ),
			esc_attr( $types[ $name ] ?? 'password' ),
			esc_attr( $is_secret ? '' : Settings::get( $name ) ),
			'wait' === $name ? ' min="0" max="5" step="1"' : '',
			$is_secret && '' !== Settings::get( $name ) ? ' placeholder="' . esc_attr__( 'kept; leave empty to keep it', 'comment-moderation' ) . '"' : ''
		);
	}

	/**
	 * Show the page.
	 */
	public static function show() {
		if ( ! current_user_can( 'manage_options' ) ) {
			return;
		}
		echo '<div class="wrap"><h1>' . esc_html( get_admin_page_title() ) . '</h1><p><strong>' . esc_html( self::state() ) . '</strong></p>';
		echo '<p>' . esc_html__( 'Give the service this address as the site\'s callback_url:', 'comment-moderation' ) . ' <code>' . esc_html( Callback::url() ) . '</code></p>';
		echo '<form action="' . esc_url( admin_url( 'options.php' ) ) . '" method="post">';
		settings_fields( self::PAGE );
		do_settings_sections( self::PAGE );
		submit_button();
		echo '</form></div>';
	}

	/**
	 * Return whether the service answers, in words.
	 *
	 * @return string
	 */
	private static function state() {
		if ( ! Settings::are_complete() ) {
			return __( 'No address or no key yet: comments are left to WordPress.', 'comment-moderation' );
		}
		list( $status ) = Service::decisions( '', 1 );
		switch ( $status ) {
			case 200:
				if ( array() === Settings::secrets() ) {
					return __( 'The service answers. Without a secret its callbacks are refused: decisions come every five minutes.', 'comment-moderation' );
				}
				return __( 'The service answers.', 'comment-moderation' );
			case 401:
			case 403:
				return __( 'The service refuses the key.', 'comment-moderation' );
			default:
				/* translators: %d: an HTTP status, 0 for no answer. */
				return sprintf( __( 'The service does not answer as it should (%d).', 'comment-moderation' ), $status );
		}
	}

	/**
	 * Return the fields' titles.
	 *
	 * @return string[]
	 */
	private static function fields() {
		return array(
			'address' => __( 'Address of the service', 'comment-moderation' ),
			'key'     => __( 'API key (scopes submit, moderate, admin)', 'comment-moderation' ),
			'secret'  => __( 'Callback secret', 'comment-moderation' ),
			'wait'    => __( 'Seconds that a visitor waits at most', 'comment-moderation' ),
			'away'    => __( 'When the service does not answer', 'comment-moderation' ),
		);
	}

	/**
	 * Return what may be done without the service.
	 *
	 * @return string[]
	 */
	private static function choices() {
		return array(
			'hold'      => __( 'Hold new comments until it does', 'comment-moderation' ),
			'wordpress' => __( 'Follow WordPress\' own rules until it does', 'comment-moderation' ),
		);
	}
}
