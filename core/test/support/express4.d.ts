/** Express 4 beside Express 5, under an alias; what tests use of them has the same types. */
declare module 'express4' {
  import express = require('express')
  export = express
}
