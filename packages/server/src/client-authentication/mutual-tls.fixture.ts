/** An endpoint that says who calls it, on a real socket: with TLS that asks for certificates, or behind a proxy. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import { commonName, selfSigned } from './certificate.fixture.ts'
import type { CertificateFacts, TestCertificate } from './certificate.fixture.ts'
import { startOAuthEndpoint } from './oauth-endpoint.fixture.ts'
import type { OAuthEndpoint } from './oauth-endpoint.fixture.ts'

type Fields = Readonly<Record<string, string>>

export interface Whoami {
  readonly endpoint: OAuthEndpoint
  /** Asks with a certificate, or a chain of them, the client's own first; by `headers` what a proxy adds. */
  whoami(
    form: Fields,
    sent?: Sent,
  ): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }>
  /** Asks on two TLS connections, the second of which resumes the session of the first. */
  connectTwice(
    form: Fields,
    certificate: TestCertificate | undefined,
    version: 'TLSv1.2' | 'TLSv1.3',
  ): Promise<readonly [Connected, Connected]>
  close(): Promise<void>
}

export interface Connected {
  readonly status: number
  readonly isResumed: boolean
  readonly session: Buffer | undefined
}

export interface Sent {
  readonly certificates?: readonly TestCertificate[] | undefined
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined
}

/** `CN=billing,O=Acme,C=DE` */
export const billing: NonNullable<CertificateFacts['subject']> = [
  [['2.5.4.6', 'DE']],
  [['2.5.4.10', 'Acme']],
  [[commonName, 'billing']],
]

export async function startWhoami(
  authorities: readonly TestCertificate[],
  transport: 'tls' | 'plain',
  flags: Readonly<Record<string, unknown>> = {},
): Promise<Whoami> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-mtls-'))
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }
  const own = await selfSigned({ subject: [[[commonName, 'localhost']]] })
  const isTls = transport === 'tls'
  const files = {
    ...(isTls && { tlsCert: await write('cert.pem', own.pem), tlsKey: await write('key.pem', own.keyPem) }),
    ...(authorities.length > 0 && {
      tlsClientCa: await write('ca.pem', authorities.map(({ pem }) => `# an authority\n${pem}`).join('\n')),
    }),
  }
  const endpoint = await startOAuthEndpoint(
    (app, { authenticateClient }) =>
      app.post('/oauth/whoami', async (request) => {
        const { client, x5tS256 } = await authenticateClient(request)
        return { id: client.id, x5tS256 }
      }),
    { ...files, ...flags },
  )
  const port = await endpoint.listen()
  return {
    endpoint,
    async whoami(form, { certificates = [], headers = {} } = {}) {
      const [key] = certificates
      const answered = Promise.withResolvers<string>()
      const target = { port, host: '127.0.0.1', path: '/oauth/whoami', method: 'POST', agent: false } as const
      const proof = { cert: certificates.map(({ pem }) => pem).join('\n'), ...(key && { key: key.keyPem }) }
      const all = { 'content-type': 'application/x-www-form-urlencoded', ...headers }
      const request = isTls
        ? httpsRequest({ ...target, ...(key && proof), headers: all, rejectUnauthorized: false })
        : httpRequest({ ...target, headers: all })
      let status = 0
      request.on('error', answered.reject)
      request.on('response', (response) => {
        status = response.statusCode ?? 0
        let text = ''
        response.on('data', (chunk) => (text += String(chunk)))
        response.on('end', () => answered.resolve(text))
      })
      request.end(new URLSearchParams(form).toString())
      const body = JSON.parse(await answered.promise) as Record<string, unknown>
      return { status, body }
    },
    async connectTwice(form, certificate, version) {
      const versions = { minVersion: version, maxVersion: version } as const
      const proof = certificate && { cert: certificate.pem, key: certificate.keyPem }
      const options = { port, host: '127.0.0.1', rejectUnauthorized: false, ...versions, ...proof }
      const first = await post(options, form)
      return [first, await post({ ...options, ...(first.session && { session: first.session }) }, form)]
    },
    async close() {
      await endpoint.close()
      await rm(folder, { recursive: true })
    },
  }
}

async function post(options: ConnectionOptions, form: Fields): Promise<Connected> {
  const closed = Promise.withResolvers<undefined>()
  const socket = connect(options)
  let text = ''
  let session: Buffer | undefined
  let isResumed = false
  socket.on('secureConnect', () => (isResumed = socket.isSessionReused()))
  socket.on('session', (told) => (session = told))
  socket.on('data', (chunk) => (text += String(chunk)))
  socket.on('error', closed.reject).on('close', () => closed.resolve(undefined))
  const body = new URLSearchParams(form).toString()
  const type = 'application/x-www-form-urlencoded'
  const head = `host: localhost\r\nconnection: close\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}`
  socket.write(`POST /oauth/whoami HTTP/1.1\r\n${head}\r\n\r\n${body}`)
  await closed.promise
  return { status: Number(text.split(' ')[1]), isResumed, session }
}

/** As RFC 9440 §2.1 writes it. */
export function headerOf({ der }: Pick<TestCertificate, 'der'>): string {
  return `:${der.toString('base64')}:`
}
