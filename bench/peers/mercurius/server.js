// Mercurius on Fastify, with its JIT compiler: operations A to D of the benchmark over Endcap's tables.
'use strict'

process.env.NODE_ENV = 'production' // before anything is required

const { createHash } = require('node:crypto')
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const Fastify = require('fastify')
const mercurius = require('mercurius')
const database = require('./database')
const { loaders } = require('./loaders')
const { resolvers } = require('./resolvers')

/** What a request's resolvers share: the caller as the database knows it now, and loaders for this request alone. */
async function context (request) {
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
  const caller = await database.caller(createHash('sha256').update(token).digest('hex'))
  if (!caller) {
    throw new mercurius.ErrorWithProps('Sign in first.', { code: 'UNAUTHENTICATED' }, 401)
  }
  return { caller, load: loaders() }
}

const app = Fastify()
app.register(mercurius, {
  schema: readFileSync(join(__dirname, '..', 'schema.graphql'), 'utf8'),
  resolvers,
  context,
  jit: 1 // compile a document at its second use
})
app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
