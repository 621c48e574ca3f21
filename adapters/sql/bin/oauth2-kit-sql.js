#!/usr/bin/env node
'use strict'
require('../dist/program').main(process.argv.slice(2))
