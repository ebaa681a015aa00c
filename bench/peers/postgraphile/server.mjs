// PostGraphile 5 with its Amber preset over Endcap's own tables: its generated schema, and four roots that know the
// caller. Session and membership are conditions of the root's own statement, so they are as fresh as its rows.
import './production.mjs'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import pg from 'pg'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { roots, tags } from './plugins.mjs'

// What makes roots of every table; only those of plugins.mjs are to be served. And what hides relations that have no
// index of all rows: that of memberships holds the active ones, which are all that is asked for.
const UNGUARDED = [
  'PgIndexBehaviorsPlugin',
  'NodePlugin', 'NodeAccessorPlugin', 'AddNodeInterfaceToSuitableTypesPlugin', 'PgTableNodePlugin',
  'PgAllRowsPlugin', 'PgRowByUniquePlugin', 'PgMutationCreatePlugin', 'PgMutationUpdateDeletePlugin'
]
const connectionString = process.env.DATABASE_URL
const pool = new pg.Pool({ connectionString, max: 10 })
await pool.query(readFileSync(new URL('functions.sql', import.meta.url), 'utf8'))

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [tags, roots],
  disablePlugins: UNGUARDED,
  pgServices: [makePgService({ pool, schemas: ['public', 'bench_postgraphile'] })],
  grafast: {
    context ({ node }) {
      const token = /^Bearer (.+)$/i.exec(node?.req.headers.authorization ?? '')?.[1] ?? ''
      return { tokenHash: createHash('sha256').update(token).digest('hex') }
    }
  },
  grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false }
}

const instance = postgraphile(preset)
await instance.getSchema() // fails here, not at the first request
const server = createServer()
await instance.createServ(grafserv).addTo(server)
server.listen(Number(process.env.PORT), '127.0.0.1')
