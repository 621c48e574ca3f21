#!/usr/bin/env node
'use strict'
// Not in dist: npm links a command when it installs, which in a fresh clone is before the build.
const { startCommand } = require('@oauth2-kit/core/command')

startCommand(() => require('../dist/bin.js'))
