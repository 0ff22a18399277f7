/**
 * Key-value messages, `application/x-www-form-urlencoded`, read strictly: a text has one reading or none.
 */

import { MessageRefusal, echoName } from './message-refusal.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Answers the fields by name. A value runs from the first `=`; without one it is empty.
 *
 * @throws {MessageRefusal} `Malformed message` for bad escapes and what is not UTF-8, `Duplicate field 'NAME'`.
 */
export function parseKeyValues(message: string | Uint8Array): Readonly<Record<string, string>> {
  const fields = Object.create(null) as Record<string, string>
  for (const pair of readText(message).split('&')) {
    if (pair === '') continue
    const [name = '', ...value] = pair.split('=')
    const key = unescape(name)
    if (Object.hasOwn(fields, key)) throw new MessageRefusal(`Duplicate field '${echoName(key)}'`)
    fields[key] = unescape(value.join('='))
  }
  return fields
}

export function formatKeyValues(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString()
}

function readText(message: string | Uint8Array): string {
  if (typeof message === 'string') return message
  try {
    return utf8.decode(message)
  } catch {
    throw new MessageRefusal('Malformed message')
  }
}

function unescape(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new MessageRefusal('Malformed message')
  }
}
