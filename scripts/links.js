'use strict'
// Finds the links of the documents that lead to a file or heading of this repository, and those that
// lead nowhere.
const { existsSync, readFileSync, statSync } = require('node:fs')
const path = require('node:path')
const { manifestOf, root } = require('./packages')

/** The public address of this repository. Everything else is derived from it. */
const repository = manifestOf('.').repository
const inRepository = new RegExp(`^${repository}/(?:blob|tree)/HEAD/?`)

exports.repository = repository

/** Returns the text with every relative link replaced by the address on the public repository. */
exports.absoluteLinks = (file, text) =>
  withLinks(text, (link) => {
    if (!isRelative(link) || link.startsWith('#')) return link
    const [target, heading] = targetOf(file, link)
    const kind = statSync(path.join(root, target)).isDirectory() ? 'tree' : 'blob'
    return `${repository}/${kind}/HEAD/${target}${heading === undefined ? '' : `#${heading}`}`
  })

/** Returns the links of a document to files or headings of this repository that do not exist. */
exports.brokenLinks = (file) => {
  const text = readFileSync(path.join(root, file), 'utf8')
  return linksOf(text).filter((link) => {
    if (!isRelative(link) && !inRepository.test(link)) return false
    const [target, heading] = targetOf(file, link)
    if (!existsSync(path.join(root, target))) return true
    return heading !== undefined && !headingsOf(target).has(heading)
  })
}

/** Returns the path of the file that a link leads to, from the root, and the heading if it has one. */
function targetOf(file, link) {
  const [address, heading] = link.split('#')
  if (inRepository.test(address)) return [address.replace(inRepository, '') || '.', heading]
  return [address === '' ? file : path.join(path.dirname(file), address), heading]
}

function isRelative(link) {
  return !/^[a-z][a-z+.-]*:/i.test(link)
}

function linksOf(text) {
  const links = []
  withLinks(text, (link) => {
    links.push(link)
    return link
  })
  return links
}

/** Replaces each link of a text, except in blocks of code. */
function withLinks(text, replace) {
  const parts = text.split(/^(```.*?^```)$/gms)
  return parts
    .map((part) =>
      part.startsWith('```')
        ? part
        : part.replaceAll(
            /(\]\(|^\[[^\]]+\]: |(?:href|src|srcset)=")([^)"\s]+)/gm,
            (_, start, link) => start + replace(link),
          ),
    )
    .join('')
}

/** Returns the names by which a link can lead to a heading of a document, as on GitHub. */
function headingsOf(file) {
  const text = readFileSync(path.join(root, file), 'utf8').replaceAll(/^```.*?^```$/gms, '')
  const ids = [...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, id]) => id)
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  )
  return new Set([...ids, ...headings])
}
