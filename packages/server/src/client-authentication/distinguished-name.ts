/**
 * Distinguished names: the subject of a certificate, as an administrator writes it and as Node tells it. Pure.
 *
 * RFC 4514 begins with the most specific part (`CN=billing,O=Acme,C=DE`), a certificate and OpenSSL with the least. What
 * is compared is what both mean: the parts in their order, each a set of attributes; types by their object identifier,
 * values character by character, upper and lower case being different.
 */

/** Attributes as `OID=value`, sorted. There is one, but for the rare part with several. */
type RelativeName = readonly string[]

/** From the least specific part on, as certificates have it. */
export type DistinguishedName = readonly RelativeName[]

/**
 * Parses a name as RFC 4514 §3 writes it. Answers `undefined` for what is malformed or empty, has an attribute type that we
 * do not know by name, or a value in hexadecimal (`#0403…`).
 */
export function parseDistinguishedName(text: string): DistinguishedName | undefined {
  const parts = readParts(text, nextAttribute)
  return parts?.toReversed()
}

/**
 * Parses the `subject` of Node's `X509Certificate`, which is undefined, whatever its type says, where it is empty. Answers
 * `undefined` as `parseDistinguishedName` does.
 */
export function parseNodeSubject(subject: string | undefined): DistinguishedName | undefined {
  const parts = (subject ?? '').split('\n').map((line) => readParts(line, nextNodeAttribute))
  return parts.every((part) => part?.length === 1) ? parts.flatMap((part) => part ?? []) : undefined
}

export function isSameName(one: DistinguishedName, other: DistinguishedName): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

const type = String.raw`([A-Za-z][A-Za-z0-9-]*|(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))+)`
const escape = String.raw`\\(?:[0-9A-Fa-f]{2}|[ "#+,;<=>\\])`
const character = String.raw`[^\0"+,;<>\\]`
const value = `((?:${escape}|${character})*?)`
const nextAttribute = new RegExp(`${type}=${value}([,+]|$)`, 'y')
const nextNodeAttribute = new RegExp(`${type}=${value}( \\+ |$)`, 'y')

function readParts(text: string, next: RegExp): readonly RelativeName[] | undefined {
  const parts: string[][] = [[]]
  next.lastIndex = 0
  for (;;) {
    const [whole, name = '', raw = '', separator] = next.exec(text) ?? []
    const oid = /^\d/.test(name) ? name : attributeTypes.get(name.toLowerCase())
    const decoded = decodeValue(raw)
    if (whole === undefined || oid === undefined || decoded === undefined) return undefined
    parts.at(-1)?.push(`${oid}=${decoded}`)
    if (separator === '') return parts.map((part) => part.toSorted())
    if (separator === ',') parts.push([])
  }
}

/** A space at either end, and a number sign at the start, must be escaped. @see RFC 4514 §2.4 */
function decodeValue(raw: string): string | undefined {
  if (raw === '' || /^[ #]|(?<!\\) $/.test(raw)) return undefined
  const bytes = raw.replace(
    /\\([0-9A-Fa-f]{2})|\\(.)|([^\\]+)/g,
    (_, hex?: string, escaped?: string, plain?: string) => {
      return hex ?? Buffer.from(escaped ?? plain ?? '').toString('hex')
    },
  )
  const text = Buffer.from(bytes, 'hex').toString()
  return text.includes('\u{fffd}') ? undefined : text
}

/** By the names of RFC 4514 §3 and, where they differ or there is none, of OpenSSL. */
const attributeTypes: ReadonlyMap<string, string> = new Map([
  ['cn', '2.5.4.3'],
  ['sn', '2.5.4.4'],
  ['serialnumber', '2.5.4.5'],
  ['c', '2.5.4.6'],
  ['l', '2.5.4.7'],
  ['st', '2.5.4.8'],
  ['street', '2.5.4.9'],
  ['o', '2.5.4.10'],
  ['ou', '2.5.4.11'],
  ['title', '2.5.4.12'],
  ['businesscategory', '2.5.4.15'],
  ['postalcode', '2.5.4.17'],
  ['gn', '2.5.4.42'],
  ['dnqualifier', '2.5.4.46'],
  ['pseudonym', '2.5.4.65'],
  ['organizationidentifier', '2.5.4.97'],
  ['uid', '0.9.2342.19200300.100.1.1'],
  ['dc', '0.9.2342.19200300.100.1.25'],
  ['emailaddress', '1.2.840.113549.1.9.1'],
  ['jurisdictionl', '1.3.6.1.4.1.311.60.2.1.1'],
  ['jurisdictionst', '1.3.6.1.4.1.311.60.2.1.2'],
  ['jurisdictionc', '1.3.6.1.4.1.311.60.2.1.3'],
])
