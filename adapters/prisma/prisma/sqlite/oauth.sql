-- The tables of @oauth2-kit/prisma on SQLite, as oauth.prisma describes them.

CREATE TABLE "oauth_credentials" (
  "id" TEXT NOT NULL PRIMARY KEY,
  "kind" TEXT NOT NULL,
  "grant_id" TEXT,
  "claims" TEXT,
  "claims_grant_id" TEXT,
  "ordinal" INTEGER NOT NULL,
  "client_id" TEXT NOT NULL,
  "user_id" TEXT,
  "data" TEXT NOT NULL,
  "created_at" BIGINT NOT NULL,
  "expires_at" BIGINT,
  CONSTRAINT "oauth_credentials_grant_id_fkey" FOREIGN KEY ("grant_id")
    REFERENCES "oauth_credentials" ("id") ON DELETE CASCADE ON UPDATE NO ACTION,
  CONSTRAINT "oauth_credentials_claims_grant_id_claims_fkey" FOREIGN KEY ("claims_grant_id", "claims")
    REFERENCES "oauth_credentials" ("grant_id", "id") ON DELETE SET NULL ON UPDATE NO ACTION
);

CREATE UNIQUE INDEX "oauth_credentials_grant_id_id_key" ON "oauth_credentials" ("grant_id", "id");
CREATE UNIQUE INDEX "oauth_credentials_claims_grant_id_claims_ordinal_key"
  ON "oauth_credentials" ("claims_grant_id", "claims", "ordinal");
CREATE INDEX "oauth_credentials_user_id_kind_client_id_id_idx"
  ON "oauth_credentials" ("user_id", "kind", "client_id", "id");
CREATE INDEX "oauth_credentials_client_id_kind_id_idx" ON "oauth_credentials" ("client_id", "kind", "id");
CREATE INDEX "oauth_credentials_kind_expires_at_idx" ON "oauth_credentials" ("kind", "expires_at");

CREATE TABLE "oauth_clients" (
  "id" TEXT NOT NULL PRIMARY KEY,
  "version" TEXT NOT NULL,
  "data" TEXT NOT NULL,
  "created_at" BIGINT NOT NULL
);

CREATE TABLE "oauth_users" (
  "id" TEXT NOT NULL PRIMARY KEY,
  "version" TEXT NOT NULL,
  "username" TEXT,
  "password_hash" TEXT NOT NULL,
  "data" TEXT NOT NULL,
  "deleted_until" BIGINT
);

CREATE UNIQUE INDEX "oauth_users_username_key" ON "oauth_users" ("username");
CREATE INDEX "oauth_users_deleted_until_idx" ON "oauth_users" ("deleted_until");

CREATE TABLE "oauth_records" (
  "id" TEXT NOT NULL PRIMARY KEY,
  "data" TEXT NOT NULL,
  "expires_at" BIGINT NOT NULL
);

CREATE INDEX "oauth_records_expires_at_idx" ON "oauth_records" ("expires_at");
