'use strict'
exports.oauthserver = require('@oauth2-kit/core')
exports.storeKit = require('@oauth2-kit/core/store-kit')
exports.memoryStore = require('@oauth2-kit/memory').memoryStore
