/**
 * The server of `jwt`: users with passwords, tokens that say who and until when, and secrets that rotate.
 *
 * What a token or a password must meet is `checks.ts`'s concern, which secrets live is `secret-ring.ts`'s.
 */

import { signJwt } from '@countersign/tokens'

import { hashPassword, verifyPassword } from '../passwords.ts'
import type { RunningServer, ServerOptions } from '../running-server.ts'
import { createThrottle } from '../throttle.ts'
import { lifetimeFrom } from '../token-lifetime.ts'
import { HttpRefusal } from '../wire/http-refusal.ts'
import { startHttpServer } from '../wire/http-server.ts'
import type { HttpRequest, HttpRoutes } from '../wire/http-server.ts'
import { invalidToken, jwtChecks } from './checks.ts'
import type { JwtChecks } from './checks.ts'
import { openDatabase } from './database.ts'
import type { Database } from './database.ts'
import { pageAnswer } from './page.ts'
import { openSecretRing } from './secret-ring.ts'
import type { SecretRing } from './secret-ring.ts'
import { readJwtSettings } from './settings.ts'
import type { JwtSettings } from './settings.ts'

const mostUsers = 10_000
const mostPhones = 100

export async function startJwtServer(options: ServerOptions, checks: JwtChecks = jwtChecks): Promise<RunningServer> {
  const settings = readJwtSettings(options)
  const database = openDatabase(settings.dataFile)
  try {
    const ring = openSecretRing({ ...settings, database })
    const server = await startHttpServer(jwtRoutes(settings, database, ring, checks), options)
    const rotation = setInterval(() => ring.rotateWhenDue(), 100).unref()
    return {
      ...server,
      hangUp: () => ring.rotate(),
      close: async () => {
        clearInterval(rotation)
        await server.close()
        database.close()
      },
    }
  } catch (error) {
    database.close()
    throw error
  }
}

function jwtRoutes(settings: JwtSettings, database: Database, ring: SecretRing, checks: JwtChecks): HttpRoutes {
  const { lifetimeSeconds, now } = settings
  const throttle = createThrottle(settings)

  async function register({ field }: HttpRequest): Promise<void> {
    const name = parseText('username', field('username'), 64)
    const password = parseText('password', field('password'), 128)
    if (/\p{Cc}/u.test(name)) throw new HttpRefusal(400, 'Invalid username')
    if (database.passwordHashOf(name) !== undefined) throw userExists()
    if (database.countUsers() >= mostUsers) throw new HttpRefusal(503, 'Too many users')
    // Another request may have taken the name meanwhile.
    if (!database.addUser(name, await hashPassword(password))) throw userExists()
  }

  async function logIn({ field, address }: HttpRequest): Promise<string> {
    const name = parseText('username', field('username'))
    const password = parseText('password', field('password'))
    const verify = () => verifyPassword(database.passwordHashOf(name), password)
    await checks.password({ name, address, verify }, throttle)
    return signJwt({ user: name, exp: lifetimeFrom(now(), lifetimeSeconds).expiresAt }, ring.newest())
  }

  function authenticate({ authorization }: HttpRequest): string {
    const token = checks.header(authorization)
    const claims = checks.signature(token, ring.live())
    checks.expiry(claims, now())
    if (database.passwordHashOf(claims.user) === undefined) throw invalidToken('Unknown user')
    return claims.user
  }

  function addPhone(user: string, { field }: HttpRequest): string {
    const phone = parseText('phone', field('phone'), 64)
    if (database.phonesOf(user).length >= mostPhones) throw new HttpRefusal(409, 'Too many phones')
    database.addPhone(user, phone)
    return phone
  }

  const phones: HttpRoutes[string] = {
    GET: (request) => ({ status: 200, body: { phones: database.phonesOf(authenticate(request)) } }),
    POST: (request) => ({ status: 201, body: { phone: addPhone(authenticate(request), request) } }),
  }
  return {
    '/': { GET: () => pageAnswer },
    '/register': {
      POST: async (request) => {
        await register(request)
        return { status: 201, body: { message: 'User registered' } }
      },
    },
    '/login': { POST: async (request) => ({ status: 200, body: { token: await logIn(request) } }) },
    '/api/phone/': phones,
    '/api/phone': phones,
  }
}

/** @param most how many characters it may have */
function parseText(name: string, text = '', most = Infinity): string {
  if (text === '') throw new HttpRefusal(400, `Missing ${name}`)
  if (Array.from(text).length > most) throw new HttpRefusal(400, `Invalid ${name}`)
  return text
}

function userExists(): HttpRefusal {
  return new HttpRefusal(409, 'User already exists')
}
