/** Tells "no such path" from "not with this method": Fastify answers 404 to both. */

import type { FastifyInstance } from 'fastify'
import type { Cors } from './cors.ts'

export interface KnownPath {
  readonly methods: ReadonlySet<string>
  readonly cors: Cors
}

/** Watches the routes as they are added. Answers a function that finds the one that a URL is for, whatever the method. */
export function watchPaths(app: FastifyInstance): (url: string) => KnownPath | undefined {
  const paths = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string>; readonly cors: Cors }>()
  app.addHook('onRoute', ({ url, method, config }) => {
    const path = paths.get(url) ?? { pattern: patternOf(url), methods: new Set(), cors: config?.cors ?? 'none' }
    for (const one of [method].flat()) path.methods.add(one)
    paths.set(url, path)
  })
  return (url) => {
    const path = url.split('?', 1)[0] ?? ''
    return paths.get(path) ?? [...paths.values()].find(({ pattern }) => pattern.test(path))
  }
}

function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[^\w-]/g, '\\$&')))
  return new RegExp(`^${parts.join('/')}$`)
}
