-- The tables of @oauth2-kit/prisma on MariaDB and MySQL, as oauth.prisma describes them, with
-- collations that compare byte for byte: the default ones take "Bob", "bob" and "bob " for one.
-- Each server reads the collation that it knows.

CREATE TABLE `oauth_credentials` (
  `id` VARCHAR(261) NOT NULL,
  `kind` VARCHAR(10) NOT NULL,
  `grant_id` VARCHAR(261) NULL,
  `claims` VARCHAR(261) NULL,
  `claims_grant_id` VARCHAR(261) NULL,
  `ordinal` INTEGER NOT NULL,
  `client_id` VARCHAR(255) NOT NULL,
  `user_id` VARCHAR(255) NULL,
  `data` TEXT NOT NULL,
  `created_at` BIGINT NOT NULL,
  `expires_at` BIGINT NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `oauth_credentials_grant_id_id_key` (`grant_id`, `id`),
  UNIQUE INDEX `oauth_credentials_claims_grant_id_claims_ordinal_key` (`claims_grant_id`, `claims`, `ordinal`),
  INDEX `oauth_credentials_user_id_kind_client_id_idx` (`user_id`, `kind`, `client_id`),
  INDEX `oauth_credentials_client_id_kind_id_idx` (`client_id`, `kind`, `id`),
  INDEX `oauth_credentials_kind_expires_at_idx` (`kind`, `expires_at`),
  CONSTRAINT `oauth_credentials_grant_id_fkey` FOREIGN KEY (`grant_id`)
    REFERENCES `oauth_credentials` (`id`) ON DELETE CASCADE ON UPDATE NO ACTION,
  CONSTRAINT `oauth_credentials_claims_grant_id_claims_fkey` FOREIGN KEY (`claims_grant_id`, `claims`)
    REFERENCES `oauth_credentials` (`grant_id`, `id`) ON DELETE SET NULL ON UPDATE NO ACTION
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE `oauth_clients` (
  `id` VARCHAR(255) NOT NULL,
  `version` VARCHAR(255) NOT NULL,
  `data` MEDIUMTEXT NOT NULL,
  `created_at` BIGINT NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE `oauth_users` (
  `id` VARCHAR(255) NOT NULL,
  `version` VARCHAR(255) NOT NULL,
  `username` VARCHAR(255) NULL,
  `password_hash` TEXT NOT NULL,
  `data` MEDIUMTEXT NOT NULL,
  `deleted_until` BIGINT NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `oauth_users_username_key` (`username`),
  INDEX `oauth_users_deleted_until_idx` (`deleted_until`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE `oauth_records` (
  `id` VARCHAR(255) NOT NULL,
  `data` MEDIUMTEXT NOT NULL,
  `expires_at` BIGINT NOT NULL,
  PRIMARY KEY (`id`),
  INDEX `oauth_records_expires_at_idx` (`expires_at`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;
