// Loader of 32-bit little-endian ELF files.

const MAGIC = 0x464c457f; // "\x7fELF"
const LOAD = 1;

/** Return the loaded segments of an ELF file as [physical address, bytes]. */
export function segmentsOf(file) {
  if (file.length < 52 || file.readUInt32LE(0) !== MAGIC || file[4] !== 1 || file[5] !== 1) {
    throw new Error('not a 32-bit little-endian ELF file');
  }
  const [table, size, count] = [file.readUInt32LE(28), file.readUInt16LE(42), file.readUInt16LE(44)];
  const segments = [];
  for (let at = table; at < table + size * count; at += size) {
    const [type, offset, , address, bytes] = [0, 4, 8, 12, 16].map((place) => file.readUInt32LE(at + place));
    if (type === LOAD && bytes > 0) {
      segments.push([address, file.subarray(offset, offset + bytes)]);
    }
  }
  return segments;
}
