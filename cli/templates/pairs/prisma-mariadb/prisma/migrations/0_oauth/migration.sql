-- The tables of @oauth2-kit/prisma on MariaDB and MySQL, as oauth.prisma describes them. They are
-- those of @oauth2-kit/typeorm too. Their collations compare byte for byte: the default ones take
-- "Bob", "bob" and "bob " for one. Each server reads the collation that it knows.

CREATE TABLE `oauth_credentials` (
  `id` VARCHAR(255) NOT NULL,
  `kind` VARCHAR(16) NOT NULL,
  `grant_id` VARCHAR(255) NULL,
  `claims` VARCHAR(255) NULL,
  `ordinal` INTEGER NOT NULL DEFAULT 0,
  `client_id` VARCHAR(255) NOT NULL,
  `user_id` VARCHAR(255) NULL,
  `data` MEDIUMTEXT NOT NULL,
  `created_at` BIGINT NOT NULL,
  `expires_at` BIGINT NULL,
  `keep_until` BIGINT NULL,
  `owner` VARCHAR(64) NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `uq_oauth_credentials_claims` (`claims`, `ordinal`),
  INDEX `ix_oauth_credentials_grant` (`grant_id`),
  INDEX `ix_oauth_credentials_user` (`user_id`, `kind`, `id`),
  INDEX `ix_oauth_credentials_client` (`client_id`, `kind`, `id`),
  INDEX `ix_oauth_credentials_owner` (`owner`, `id`),
  INDEX `ix_oauth_credentials_keep` (`kind`, `keep_until`),
  CONSTRAINT `fk_oauth_credentials_grant` FOREIGN KEY (`grant_id`)
    REFERENCES `oauth_credentials` (`id`) ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE `oauth_clients` (
  `id` VARCHAR(255) NOT NULL,
  `version` VARCHAR(255) NOT NULL,
  `data` MEDIUMTEXT NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE `oauth_users` (
  `id` VARCHAR(255) NOT NULL,
  `version` VARCHAR(255) NOT NULL,
  `username` VARCHAR(255) NULL,
  `password_hash` MEDIUMTEXT NOT NULL,
  `data` MEDIUMTEXT NULL,
  `deleted_until` BIGINT NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `uq_oauth_users_username` (`username`),
  INDEX `ix_oauth_users_deleted` (`deleted_until`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE `oauth_records` (
  `id` VARCHAR(255) NOT NULL,
  `data` MEDIUMTEXT NOT NULL,
  `expires_at` BIGINT NOT NULL,
  PRIMARY KEY (`id`),
  INDEX `ix_oauth_records_expires` (`expires_at`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;
