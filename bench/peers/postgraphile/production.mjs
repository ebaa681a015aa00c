// Imported first: what is imported after it finds the settings of production.
process.env.NODE_ENV = 'production'
process.env.GRAPHILE_ENV = 'production'
