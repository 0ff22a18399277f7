/** Counts and times requests by route, and answers them at `/metrics` in the text format of Prometheus. */

import type { FastifyPluginAsync } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client'

const plugin: FastifyPluginAsync = async (app) => {
  // One registry a server, because tests run several in one process.
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const durations = new Histogram({
    name: 'countersign_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  })
  const refusals = new Counter({
    name: 'countersign_http_refusals_total',
    help: 'Requests refused, by the code of the error.',
    labelNames: ['route', 'code'],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    // The pattern, never the path: paths are without bound and may hold what people paste.
    const route = request.routeOptions.url ?? 'unknown'
    durations.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
    if (request.refusalCode !== undefined) refusals.inc({ route, code: request.refusalCode })
  })
  app.get('/metrics', async (_request, reply) => {
    void reply.type(registry.contentType)
    return registry.metrics()
  })
}

/** Covers the routes of the whole server, so it is registered before them. */
export const metrics: FastifyPluginAsync = fastifyPlugin(plugin)
