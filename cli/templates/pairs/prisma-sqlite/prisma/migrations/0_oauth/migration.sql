-- The tables of @oauth2-kit/prisma on SQLite, as oauth.prisma describes them. They are those of
-- @oauth2-kit/typeorm too.

CREATE TABLE "oauth_credentials" (
  "id" TEXT NOT NULL PRIMARY KEY,
  "kind" TEXT NOT NULL,
  "grant_id" TEXT,
  "claims" TEXT,
  "ordinal" INTEGER NOT NULL DEFAULT 0,
  "client_id" TEXT NOT NULL,
  "user_id" TEXT,
  "data" TEXT NOT NULL,
  "created_at" BIGINT NOT NULL,
  "expires_at" BIGINT,
  "keep_until" BIGINT,
  "owner" TEXT,
  CONSTRAINT "fk_oauth_credentials_grant" FOREIGN KEY ("grant_id")
    REFERENCES "oauth_credentials" ("id") ON DELETE CASCADE ON UPDATE NO ACTION
);

CREATE UNIQUE INDEX "uq_oauth_credentials_claims" ON "oauth_credentials" ("claims", "ordinal");
CREATE INDEX "ix_oauth_credentials_grant" ON "oauth_credentials" ("grant_id");
CREATE INDEX "ix_oauth_credentials_user" ON "oauth_credentials" ("user_id", "kind", "id");
CREATE INDEX "ix_oauth_credentials_client" ON "oauth_credentials" ("client_id", "kind", "id");
CREATE INDEX "ix_oauth_credentials_owner" ON "oauth_credentials" ("owner", "id");
CREATE INDEX "ix_oauth_credentials_keep" ON "oauth_credentials" ("kind", "keep_until");

CREATE TABLE "oauth_clients" (
  "id" TEXT NOT NULL PRIMARY KEY,
  "version" TEXT NOT NULL,
  "data" TEXT NOT NULL
);

CREATE TABLE "oauth_users" (
  "id" TEXT NOT NULL PRIMARY KEY,
  "version" TEXT NOT NULL,
  "username" TEXT,
  "password_hash" TEXT NOT NULL,
  "data" TEXT,
  "deleted_until" BIGINT
);

CREATE UNIQUE INDEX "uq_oauth_users_username" ON "oauth_users" ("username");
CREATE INDEX "ix_oauth_users_deleted" ON "oauth_users" ("deleted_until");

CREATE TABLE "oauth_records" (
  "id" TEXT NOT NULL PRIMARY KEY,
  "data" TEXT NOT NULL,
  "expires_at" BIGINT NOT NULL
);

CREATE INDEX "ix_oauth_records_expires" ON "oauth_records" ("expires_at");
