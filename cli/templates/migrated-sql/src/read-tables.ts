/** Fails if one of the tables is missing, and reads nothing. */
export const readTables =
  'SELECT 1 FROM oauth_credentials, oauth_clients, oauth_users, oauth_records WHERE 1 = 0'
