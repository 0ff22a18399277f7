/**
 * Which paths there are, whatever the method: tells "no such path" from "not with this method", to both of which Fastify
 * answers 404, and spellings of a path from the path itself, which Fastify's router takes for one.
 */

import type { FastifyInstance } from 'fastify'
import type { Cors } from './cors.ts'
import { pathOf } from './surface.ts'

export interface KnownPath {
  readonly methods: ReadonlySet<string>
  readonly cors: Cors
}

/**
 * Watches the routes as they are added. Answers a function that finds the one that a URL is for, as it is spelled: a
 * proxy that guards "/metrics" must not be passed by "/%6detrics".
 */
export function watchPaths(app: FastifyInstance): (url: string) => KnownPath | undefined {
  const paths = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string>; readonly cors: Cors }>()
  app.addHook('onRoute', ({ url, method, config }) => {
    const path = paths.get(url) ?? { pattern: patternOf(url), methods: new Set(), cors: config?.cors ?? 'none' }
    for (const one of [method].flat()) path.methods.add(one)
    paths.set(url, path)
  })
  return (url) => {
    const path = pathOf(url)
    return paths.get(path) ?? [...paths.values()].find(({ pattern }) => pattern.test(path))
  }
}

function patternOf(url: string): RegExp {
  // Nothing has a NUL in its name, and PostgreSQL fails on one.
  const parts = url
    .split('/')
    .map((part) => (part.startsWith(':') ? '(?:(?!%00)[^/])+' : part.replace(/[^\w-]/g, '\\$&')))
  return new RegExp(`^${parts.join('/')}$`)
}
