/**
 * Finds our signature among those of a request: the one whose "tag" is ours (RFC 9421 §7.2.5). What others have signed
 * for others is left alone. Whether ours is acceptable is checked in `check-signature.ts`.
 */

import { signatureTag } from '@countersign/protocol'
import { encodeBase64url } from '@countersign/tokens'
import { isInnerList, serializeInnerList } from 'structured-headers'
import type { BareItem, Dictionary, InnerList, Item, Parameters } from 'structured-headers'
import { GuardError } from '../../guard-error.ts'
import { headerValues } from '../../guard-request.ts'
import type { GuardRequest } from '../../guard-request.ts'
import { parseStrictDictionary } from './structured-fields.ts'

export interface FoundSignature {
  readonly components: readonly CoveredComponent[]
  readonly params: ReadonlyMap<string, BareItem>
  /** The value of "@signature-params", as it was received. */
  readonly signatureParams: string
  /** In base64url. */
  readonly signature: string
}

export interface CoveredComponent {
  readonly name: BareItem
  readonly hasParams: boolean
}

/** @throws {GuardError} `signature_required`, `signature_malformed`, `signature_duplicated` */
export function findSignature(request: GuardRequest): FoundSignature {
  const inputs = headerValues(request, 'signature-input')
  const signatures = headerValues(request, 'signature')
  if (inputs.length === 0) throw new GuardError('signature_required', 'a signed request is required')
  return readPlainSignature(inputs, signatures) ?? readSignature(inputs, signatures)
}

/** Well below what `readSignature` takes. */
const maxPlainCharacters = 2048
const base64 = '(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/][AQgw]==)?'
const text = String.raw`"([\x20\x21\x23-\x5b\x5d-\x7e]*)"`
const integer = '(0|[1-9][0-9]{0,14})'
const list = String.raw`\([^()]*\)`
const params = `;created=${integer};expires=${integer};nonce=${text};keyid=${text};alg=${text};tag="${signatureTag}"`
const plainInput = new RegExp(`^([a-z][a-z0-9_-]*)=((${list})${params})$`)
const plainSignature = new RegExp(`^([a-z][a-z0-9_-]*)=:(${base64}):$`)
const contents = ['', ' "content-digest"', ' "content-digest" "content-type"']
const fields = ['', ' "idempotency-key"', ' "sealed-request"', ' "idempotency-key" "sealed-request"']
/** What our client covers, as it spells it. */
const plainLists: ReadonlyMap<string, readonly CoveredComponent[]> = new Map(
  contents.flatMap((content) =>
    fields.map((more) => plainList(`"@method" "@target-uri" "authorization"${content}${more}`)),
  ),
)

/**
 * The way of most requests: one signature, spelled as our client spells it. It answers what `readSignature` would, or
 * nothing, and takes a tenth of the time.
 */
export function readPlainSignature(
  inputs: readonly string[],
  signatures: readonly string[],
): FoundSignature | undefined {
  const [input = '', ...otherInputs] = inputs
  const [signature = '', ...otherSignatures] = signatures
  if (otherInputs.length > 0 || otherSignatures.length > 0) return undefined
  if (input.length > maxPlainCharacters || signature.length > maxPlainCharacters) return undefined
  const foundInput = plainInput.exec(input)
  const foundSignature = plainSignature.exec(signature)
  if (foundInput === null || foundSignature === null || foundInput[1] !== foundSignature[1]) return undefined
  const [, , signatureParams = '', list = '', created, expires, nonce = '', keyid = '', alg = ''] = foundInput
  const components = plainLists.get(list)
  if (components === undefined) return undefined
  return {
    components,
    params: new Map<string, BareItem>([
      ['created', Number(created)],
      ['expires', Number(expires)],
      ['nonce', nonce],
      ['keyid', keyid],
      ['alg', alg],
      ['tag', signatureTag],
    ]),
    signatureParams,
    signature: toBase64url(foundSignature[2] ?? ''),
  }
}

/** @throws {GuardError} `signature_required`, `signature_malformed`, `signature_duplicated` */
export function readSignature(inputs: readonly string[], signatures: readonly string[]): FoundSignature {
  const members = parse('Signature-Input', inputs)
  const ours = [...members].filter(([, [, params]]) => params.get('tag') === signatureTag)
  const [found, ...others] = ours
  if (found === undefined) throw new GuardError('signature_required', 'no signature of this request is for us')
  if (others.length > 0) throw new GuardError('signature_duplicated', 'two signatures of this request are for us')
  const [label, member] = found
  if (!isList(member)) throw malformed('Signature-Input does not list what is covered')
  const [bytes, signatureParameters] = readMember(parse('Signature', signatures), label)
  if (!(bytes instanceof ArrayBuffer) || signatureParameters.size > 0) throw malformed('Signature holds no such bytes')
  return {
    components: member[0].map(([name, params]) => ({ name, hasParams: params.size > 0 })),
    params: member[1],
    signatureParams: serializeInnerList(member),
    signature: encodeBase64url(new Uint8Array(bytes)),
  }
}

function plainList(names: string): readonly [string, readonly CoveredComponent[]] {
  return [`(${names})`, names.split(' ').map((name) => ({ name: name.slice(1, -1), hasParams: false }))]
}

function parse(name: string, lines: readonly string[]): Dictionary {
  const dictionary = parseStrictDictionary(lines)
  if (dictionary === undefined) throw malformed(`${name} is no dictionary in its one spelling`)
  return dictionary
}

function isList(member: Item | InnerList): member is InnerList {
  return isInnerList(member)
}

function readMember(dictionary: Dictionary, label: string): readonly [unknown, Parameters] {
  return dictionary.get(label) ?? [undefined, new Map()]
}

function toBase64url(padded: string): string {
  return padded.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function malformed(what: string): GuardError {
  return new GuardError('signature_malformed', what)
}
