/**
 * Formats rows or documents as text in which every stored byte can be found: binary values are
 * shown as characters, not as numbers or Base64.
 */
export function asText(rows: unknown): string {
  return JSON.stringify(rows, function (this: Record<string, unknown>, name, value: unknown) {
    // JSON.stringify() has already called `toJSON`, which hides the bytes of a Buffer.
    const bytes = bytesOf(this[name])
    if (bytes) return bytes.toString('latin1')
    return typeof value === 'bigint' ? String(value) : value
  })
}

function bytesOf(value: unknown): Buffer | undefined {
  if (value instanceof ArrayBuffer) return Buffer.from(value)
  if (ArrayBuffer.isView(value)) return bufferOf(value)
  // A Binary of MongoDB.
  const { _bsontype: type, buffer } = (value ?? {}) as { _bsontype?: unknown; buffer?: unknown }
  return type === 'Binary' && ArrayBuffer.isView(buffer) ? bufferOf(buffer) : undefined
}

function bufferOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
}
