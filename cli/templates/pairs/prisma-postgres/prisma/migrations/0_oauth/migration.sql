-- The tables of @oauth2-kit/prisma on PostgreSQL, as oauth.prisma describes them. They are those of
-- @oauth2-kit/typeorm too. Ids are ordered byte for byte, whatever the locale of the database.

CREATE TABLE "oauth_credentials" (
  "id" VARCHAR(255) COLLATE "C" NOT NULL,
  "kind" VARCHAR(16) COLLATE "C" NOT NULL,
  "grant_id" VARCHAR(255) COLLATE "C",
  "claims" VARCHAR(255) COLLATE "C",
  "ordinal" INTEGER NOT NULL DEFAULT 0,
  "client_id" VARCHAR(255) COLLATE "C" NOT NULL,
  "user_id" VARCHAR(255) COLLATE "C",
  "data" TEXT NOT NULL,
  "created_at" BIGINT NOT NULL,
  "expires_at" BIGINT,
  "keep_until" BIGINT,
  "owner" VARCHAR(64) COLLATE "C",
  CONSTRAINT "pk_oauth_credentials" PRIMARY KEY ("id"),
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
  "id" VARCHAR(255) COLLATE "C" NOT NULL,
  "version" VARCHAR(255) COLLATE "C" NOT NULL,
  "data" TEXT NOT NULL,
  CONSTRAINT "pk_oauth_clients" PRIMARY KEY ("id")
);

CREATE TABLE "oauth_users" (
  "id" VARCHAR(255) COLLATE "C" NOT NULL,
  "version" VARCHAR(255) COLLATE "C" NOT NULL,
  "username" VARCHAR(255) COLLATE "C",
  "password_hash" TEXT NOT NULL,
  "data" TEXT,
  "deleted_until" BIGINT,
  CONSTRAINT "pk_oauth_users" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "uq_oauth_users_username" ON "oauth_users" ("username");
CREATE INDEX "ix_oauth_users_deleted" ON "oauth_users" ("deleted_until");

CREATE TABLE "oauth_records" (
  "id" VARCHAR(255) COLLATE "C" NOT NULL,
  "data" TEXT NOT NULL,
  "expires_at" BIGINT NOT NULL,
  CONSTRAINT "pk_oauth_records" PRIMARY KEY ("id")
);

CREATE INDEX "ix_oauth_records_expires" ON "oauth_records" ("expires_at");
