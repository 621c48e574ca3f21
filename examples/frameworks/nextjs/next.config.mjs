import path from 'node:path'

/** @type {import('next').NextConfig} */
export default {
  // Only for this repository, whose packages are outside of this folder.
  turbopack: { root: path.resolve(import.meta.dirname, '../../..') },
}
