/** `countersign call`: an HTTP request with the proofs that an API demands, by the session of `countersign login`. */

import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { CallOptions } from '@countersign/client'
import { Option } from 'commander'
import type { Command } from 'commander'
import { toldWithMend } from '../client-failure.ts'
import { CommandError } from '../failure.ts'
import { note, visible } from '../output.ts'
import { addSessionOption, findSignedIn, openClient } from '../session-file.ts'
import type { SessionFileOption } from '../session-file.ts'

export function addCallCommand(program: Command): void {
  const call = program
    .command('call <url>')
    .description('Calls an API as whoever signed in, and prints its answer. A refusal (4xx, 5xx) is exit code 1.')
    .option('-X, --method <method>', 'the method (default: GET, with a body POST)')
    .option('--data <text>', 'the body; `@FILE` reads it from a file, `@-` from standard input')
    .option('--header <line>', 'one more header, "Name: value"; can be given several times', collect)
    .addOption(
      new Option('--proof <proof>', 'what goes with the token').choices(['none', 'dpop', 'signature']).default('dpop'),
    )
    .addOption(
      new Option('--sign-with <key>', 'what signs, with --proof signature').choices(['proof-key', 'session-key']),
    )
    .option('--single-use', 'use a token that is good for this call only')
    .option('--sealed', 'seal the body, and take only a sealed answer')
    .option('--resource <uri>', 'the API whose session to use (default: the one that the URL begins with)')
    .option('--issuer <url>', 'the server of the session, where the file has several')
    .option('--client <id>', 'the client of the session, where the file has several')
    .option('-i, --include', 'print status and headers of the answer, too')
  addSessionOption(call).action(callApi)
}

interface Options extends SessionFileOption {
  readonly method?: string
  readonly data?: string
  readonly header?: readonly string[]
  readonly proof: NonNullable<CallOptions['proof']>
  readonly signWith?: NonNullable<CallOptions['signWith']>
  readonly singleUse?: true
  readonly sealed?: true
  readonly resource?: string
  readonly issuer?: string
  readonly client?: string
  readonly include?: true
}

/** What to add to the command, by the code of the API's refusal. */
const hints: Readonly<Record<string, string>> = {
  single_use_required: 'add --single-use',
  signature_required: 'add --proof signature',
  sealed_required: 'add --sealed',
  certificate_required: 'it asks for the certificate of a client, and this command has none',
}

async function callApi(url: string, options: Options): Promise<void> {
  if (!URL.canParse(url)) throw new CommandError(`"${url}" is no URL: write it whole, with https://`)
  if (options.signWith !== undefined && options.proof !== 'signature') {
    throw new CommandError('--sign-with goes with --proof signature')
  }
  const { issuer, client: clientId } = options
  const caller = await findSignedIn({ ...(issuer && { issuer }), ...(clientId && { clientId }) }, options)
  const body = options.data === undefined ? undefined : await readBody(options.data)
  const resource = options.resource !== undefined && { resource: options.resource }
  const called = openClient(caller, options).fetch(url, {
    method: options.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: readHeaders(options.header ?? [], body),
    ...(body !== undefined && { body }),
    proof: options.proof,
    ...(options.signWith !== undefined && { signWith: options.signWith }),
    singleUse: options.singleUse === true,
    sealed: options.sealed === true,
    ...resource,
  })
  const answer = await called.catch((error: unknown) => {
    throw toldWithMend(error, { ...caller, ...resource, url })
  })
  if (options.include === true) process.stdout.write(describeHead(answer))
  const content = new Uint8Array(await answer.arrayBuffer())
  process.stdout.write(content)
  // Bodies rarely end with one, and the prompt of a shell, or what is said below, would follow on the same line.
  if (process.stdout.isTTY || !answer.ok) process.stdout.write('\n')
  if (!answer.ok) {
    note(`countersign: ${url} answered ${answer.status}${describeRefusal(answer, content)}`)
    process.exitCode = 1
  }
}

function describeRefusal({ headers }: Response, content: Uint8Array): string {
  const why = headers.get('www-authenticate')
  const hint = headers.get('content-type')?.startsWith('application/problem+json') ? hintOf(content) : undefined
  return `${why === null ? '' : `: ${why}`}${hint === undefined ? '' : `\n${hint}`}`
}

function hintOf(content: Uint8Array): string | undefined {
  try {
    const { code } = JSON.parse(Buffer.from(content).toString()) as { readonly code?: unknown }
    return typeof code === 'string' && Object.hasOwn(hints, code) ? hints[code] : undefined
  } catch {
    // It says that it is a problem, and is not JSON: somebody else's.
    return undefined
  }
}

function collect(line: string, lines: readonly string[] = []): readonly string[] {
  return [...lines, line]
}

async function readBody(data: string): Promise<string | Uint8Array<ArrayBuffer>> {
  if (data === '@-') return text(process.stdin)
  if (!data.startsWith('@')) return data
  try {
    return new Uint8Array(await readFile(data.slice(1)))
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new CommandError(`--data ${data} cannot be read (${code})`, { cause })
  }
}

function readHeaders(lines: readonly string[], body: string | Uint8Array | undefined): Headers {
  const headers = new Headers()
  if (typeof body === 'string' && isJson(body)) headers.set('content-type', 'application/json')
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^\s:]+):\s*(.*)$/.exec(line) ?? []
    try {
      headers.set(name, value)
    } catch (cause) {
      throw new CommandError(`--header "${line}" is no header: write "Name: value"`, { cause })
    }
  }
  return headers
}

function isJson(body: string): boolean {
  try {
    JSON.parse(body)
    return true
  } catch {
    return false
  }
}

function describeHead({ status, statusText, headers }: Response): string {
  const lines = [`${status} ${statusText}`.trim(), ...[...headers].map(([name, value]) => `${name}: ${value}`)]
  return `${lines.map(visible).join('\n')}\n\n`
}
