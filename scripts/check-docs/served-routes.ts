/**
 * Which routes a server has, and which parameters each reads: found by starting one and watching it while every route is
 * called. What is called, and how, is in `call-every-route.ts`.
 *
 * Watched from outside, so that a route is found wherever it is registered, and a parameter whoever reads it.
 */

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, parseSettings } from '@countersign/server'
import type { FastifyInstance } from 'fastify'
import { callEveryRoute } from './call-every-route.ts'
import type { RouteParameters } from './http-page.ts'

/** @throws {Error} if a call is not answered as it has to be for all parameters to be read. */
export async function findServedRoutes(): Promise<RouteParameters> {
  const routes = new Map<string, Set<string>>()
  const watch = (message: unknown): void => watchRoutes((message as { fastify: FastifyInstance }).fastify, routes)
  const dataFolder = await mkdtemp(join(tmpdir(), 'countersign-routes-'))
  try {
    subscribe('fastify.initialization', watch)
    const flags = { dev: true, port: 0, data: dataFolder, logLevel: 'silent' }
    const server = await createServer({ settings: parseSettings({ flags }) })
    unsubscribe('fastify.initialization', watch)
    try {
      await callEveryRoute(server)
    } finally {
      await server.close()
    }
  } finally {
    unsubscribe('fastify.initialization', watch)
    await rm(dataFolder, { recursive: true })
  }
  return routes
}

function watchRoutes(app: FastifyInstance, routes: Map<string, Set<string>>): void {
  const nameOf = (method: unknown, url = ''): string => `${String(method)} ${url.replace(/:(\w+)/g, '{$1}')}`
  app.addHook('onRoute', ({ method, url }) => {
    // HEAD comes with every GET.
    for (const one of [method].flat()) if (one !== 'HEAD') routes.set(nameOf(one, url), new Set())
  })
  app.addHook('preHandler', async (request) => {
    const read = routes.get(nameOf(request.method, request.routeOptions.url))
    if (read === undefined) return
    request.body = watchReads(request.body, '', read)
    request.query = watchReads(request.query, '', read)
  })
}

/** Adds the name of every member that is read, as `events[].type` where it is deeper. */
function watchReads(value: unknown, path: string, read: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: unknown) => watchReads(item, `${path}[].`, read))
  return new Proxy(value, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name)
      if (typeof name === 'symbol') return member
      read.add(path + name)
      return watchReads(member, path + name, read)
    },
  })
}
