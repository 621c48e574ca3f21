'use strict'
// Writes what the published packages have in common, from the package.json of the root: the address of
// the repository, in their package.json and in the links of their README, and `engines`.
const { readFileSync, writeFileSync } = require('node:fs')
const path = require('node:path')
const { absoluteLinks, repository } = require('./links')
const { manifestOf, packages, root } = require('./packages')

/** Returns the files of a package with their correct content, and whether they have it. */
exports.filesOf = (folder) => {
  const manifest = manifestOf(folder)
  const { url: previous = '' } = manifest.repository ?? {}
  const correct = { ...manifest, ...metadataOf(folder) }
  const readme = path.join(folder, 'README.md')
  const text = readFileSync(path.join(root, readme), 'utf8')
  return [
    {
      file: path.join(folder, 'package.json'),
      text: `${JSON.stringify(correct, null, 2)}\n`,
      isCorrect: JSON.stringify(manifest) === JSON.stringify(correct),
    },
    withAddress(readme, text, addressOf(previous)),
  ]
}

function metadataOf(folder) {
  const { engines, license } = manifestOf('.')
  const { scripts } = manifestOf(folder)
  return {
    homepage: `${repository}/tree/HEAD/${folder}#readme`,
    bugs: `${repository}/issues`,
    license,
    repository: { type: 'git', url: `git+${repository}.git`, directory: folder },
    // npm packs what it finds, so without a build the package would be empty.
    scripts: { ...scripts, prepack: `npm run build --prefix ${path.relative(folder, '.')}` },
    engines,
  }
}

function addressOf(url) {
  return url.replace(/^git\+/, '').replace(/\.git$/, '')
}

function withAddress(file, text, previous) {
  const moved = previous === '' ? text : text.replaceAll(`${previous}/`, `${repository}/`)
  const correct = absoluteLinks(file, moved)
  return { file, text: correct, isCorrect: correct === text }
}

if (require.main === module) {
  for (const { file, text, isCorrect } of packages.flatMap(exports.filesOf)) {
    if (!isCorrect) writeFileSync(path.join(root, file), text)
  }
}
