-- The tables of @oauth2-kit/prisma on PostgreSQL, as oauth.prisma describes them. Ids are ordered
-- byte for byte, whatever the locale of the database.

CREATE TABLE "oauth_credentials" (
  "id" VARCHAR(261) COLLATE "C" NOT NULL,
  "kind" VARCHAR(10) COLLATE "C" NOT NULL,
  "grant_id" VARCHAR(261) COLLATE "C",
  "claims" VARCHAR(261) COLLATE "C",
  "claims_grant_id" VARCHAR(261) COLLATE "C",
  "ordinal" INTEGER NOT NULL,
  "client_id" VARCHAR(255) COLLATE "C" NOT NULL,
  "user_id" VARCHAR(255) COLLATE "C",
  "data" TEXT NOT NULL,
  "created_at" BIGINT NOT NULL,
  "expires_at" BIGINT,
  CONSTRAINT "oauth_credentials_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "oauth_credentials_grant_id_id_key" ON "oauth_credentials" ("grant_id", "id");
CREATE UNIQUE INDEX "oauth_credentials_claims_grant_id_claims_ordinal_key"
  ON "oauth_credentials" ("claims_grant_id", "claims", "ordinal");
CREATE INDEX "oauth_credentials_user_id_kind_client_id_id_idx"
  ON "oauth_credentials" ("user_id", "kind", "client_id", "id");
CREATE INDEX "oauth_credentials_client_id_kind_id_idx" ON "oauth_credentials" ("client_id", "kind", "id");
CREATE INDEX "oauth_credentials_kind_expires_at_idx" ON "oauth_credentials" ("kind", "expires_at");

ALTER TABLE "oauth_credentials"
  ADD CONSTRAINT "oauth_credentials_grant_id_fkey" FOREIGN KEY ("grant_id")
    REFERENCES "oauth_credentials" ("id") ON DELETE CASCADE ON UPDATE NO ACTION,
  ADD CONSTRAINT "oauth_credentials_claims_grant_id_claims_fkey" FOREIGN KEY ("claims_grant_id", "claims")
    REFERENCES "oauth_credentials" ("grant_id", "id") ON DELETE SET NULL ON UPDATE NO ACTION;

CREATE TABLE "oauth_clients" (
  "id" VARCHAR(255) COLLATE "C" NOT NULL,
  "version" VARCHAR(255) COLLATE "C" NOT NULL,
  "data" TEXT NOT NULL,
  "created_at" BIGINT NOT NULL,
  CONSTRAINT "oauth_clients_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "oauth_users" (
  "id" VARCHAR(255) COLLATE "C" NOT NULL,
  "version" VARCHAR(255) COLLATE "C" NOT NULL,
  "username" VARCHAR(255) COLLATE "C",
  "password_hash" TEXT NOT NULL,
  "data" TEXT NOT NULL,
  "deleted_until" BIGINT,
  CONSTRAINT "oauth_users_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "oauth_users_username_key" ON "oauth_users" ("username");
CREATE INDEX "oauth_users_deleted_until_idx" ON "oauth_users" ("deleted_until");

CREATE TABLE "oauth_records" (
  "id" VARCHAR(255) COLLATE "C" NOT NULL,
  "data" TEXT NOT NULL,
  "expires_at" BIGINT NOT NULL,
  CONSTRAINT "oauth_records_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "oauth_records_expires_at_idx" ON "oauth_records" ("expires_at");
