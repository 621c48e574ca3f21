/**
 * The dialect of the server on which the tests of MariaDB run. `npm run test:mysql` runs them on
 * MySQL: `OAUTH2_TEST_MARIADB_URL` is then the URL of a MySQL server.
 */
export const mysqlDialect: 'mariadb' | 'mysql' =
  process.env['OAUTH2_TEST_MYSQL'] === undefined ? 'mariadb' : 'mysql'
