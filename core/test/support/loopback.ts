/** The address of a test, on a socket that takes IPv6 too or takes none. */
export const loopback: unknown = expect.stringMatching(/^(::ffff:)?127\.0\.0\.1$/)
