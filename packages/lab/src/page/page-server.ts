/**
 * Serves the page of the lab and streams to it what happens, as server-sent events.
 *
 * Whoever reaches it may run attacks on the lab, so it answers to its own page only: other names for this machine (DNS
 * rebinding) and other pages in the same browser are refused.
 */

import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isIP } from 'node:net'

import type { Product } from '../product/system.ts'
import { closeHttp, listen } from '../wire/listening.ts'
import { renderDocument } from './document.ts'
import { openLab } from './running-lab.ts'
import type { RunningLab, StartedSystem } from './running-lab.ts'
import { pageScript } from './script.ts'
import { pageStyle } from './style.ts'

export interface LabPageOptions {
  /** Closed with the page. */
  readonly product: Product
  /** Default `127.0.0.1`. The five systems listen on 127.0.0.1 whatever this says. */
  readonly host?: string
  /** Default 0: any that is free. */
  readonly port?: number
}

export interface LabPage {
  readonly url: string
  readonly started: readonly StartedSystem[]
  close(): Promise<void>
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const mostWatchers = 64
// A page that reads so slowly is cut off; it connects again and is told everything from the start.
const mostUnreadBytes = 32 * 1024 * 1024

/** @throws an error of Node's where the port is taken. */
export async function startLabPage({ product, host = '127.0.0.1', port = 0 }: LabPageOptions): Promise<LabPage> {
  const lab = await openLab(product)
  const server = createServer({ requestTimeout: 30_000 })
  server.maxConnections = 256
  const files = pageFiles(lab)
  const openStream = createStreams(lab)
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const refusal = refuse(request, host)
    if (refusal !== undefined) return sendText(response, ...refusal)
    const { method, url = '' } = request
    if (method === 'POST') return sendText(response, ...run(lab, url))
    if (method !== 'GET') return sendText(response, 405, 'Method not allowed', { Allow: 'GET, POST' })
    if (url === '/events') return openStream(response)
    const file = files[url]
    if (file === undefined) return sendText(response, 404, 'Not found')
    sendText(response, 200, file.text, { 'Content-Type': file.type })
  })
  const address = await listen(server, host, port).catch(async (error: unknown) => {
    await lab.close()
    throw error
  })
  return {
    url: `http://${address}`,
    started: lab.started,
    close: async () => {
      await Promise.all([closeHttp(server), lab.close()])
    },
  }
}

type Answer = readonly [status: number, text: string]

/** Why a request is not one of the page's own; undefined where it is. */
function refuse({ method, headers }: IncomingMessage, servedHost: string): Answer | undefined {
  const { host = '', origin } = headers
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  // Rebinding takes a name whose address somebody else decides: an address is its own, and so is `localhost`.
  if (isIP(name) === 0 && name !== 'localhost' && name !== servedHost) return [421, 'Misdirected request']
  if (origin === undefined ? method === 'POST' : origin !== `http://${host}`) return [403, 'Other origins are refused']
  return undefined
}

function run(lab: RunningLab, url: string): Answer {
  const [, kind, name] = /^\/(client|attacks)\/([a-z-]{1,32})$/.exec(url) ?? []
  const isMeant = (each: string): boolean => name === 'all' || name === each
  const begun =
    kind === 'client'
      ? lab.started.filter(({ system }) => isMeant(system.name)).map(lab.runClient)
      : lab.attacked.filter((each) => isMeant(each.name)).map(lab.runAttacks)
  if (begun.length === 0) return [404, 'Not found']
  return begun.includes(true) ? [202, 'Begun'] : [409, 'Under way already']
}

interface PageFile {
  readonly type: string
  readonly text: string
}

function pageFiles(lab: RunningLab): Readonly<Record<string, PageFile | undefined>> {
  return Object.assign(Object.create(null) as Record<string, PageFile>, {
    '/': { type: 'text/html; charset=utf-8', text: renderDocument(lab.started) },
    '/page.js': { type: 'text/javascript; charset=utf-8', text: pageScript },
    '/page.css': { type: 'text/css; charset=utf-8', text: pageStyle },
  })
}

function createStreams(lab: RunningLab): (response: ServerResponse) => void {
  let open = 0
  return (response) => {
    if (open >= mostWatchers) return sendText(response, 503, 'Too many pages')
    open += 1
    response.writeHead(200, { ...commonHeaders, 'Content-Type': 'text/event-stream' })
    const stop = lab.watch((event) => {
      response.write(`data: ${JSON.stringify(event)}\n\n`)
      if (response.writableLength > mostUnreadBytes) response.destroy()
    })
    response.once('close', () => {
      open -= 1
      stop()
    })
  }
}

const commonHeaders = {
  'Content-Security-Policy': policy,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
}

function sendText(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...commonHeaders, 'Content-Type': 'text/plain; charset=utf-8', ...headers })
  response.end(text)
}
