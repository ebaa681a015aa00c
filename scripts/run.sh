#!/bin/sh
# Serves the demonstration: migrates, seeds it once, prints where to go and who to be.
set -eu
bin=.venv/bin

$bin/endcap migrate
$bin/endcap demo
cat <<EOF

  GraphiQL          http://127.0.0.1:$PORT/graphql
  Brand Pages       http://127.0.0.1:$PORT/p/northpeak-outdoor  /p/lakeside-toys
  API               POST http://127.0.0.1:$PORT/graphql
  Mailbox           http://127.0.0.1:$PORT/mailbox   (what would have been mailed)
  Health            http://127.0.0.1:$PORT/healthz  /readyz

  Demonstration sign-ins, all with the password  endcap-demonstration
    ada@example.com    ADMIN of Northpeak Outdoor and Lakeside Toys
    ben@example.com    EDITOR of Northpeak Outdoor, for an agency
    finn@example.com   ADMIN of Fjord Supply, a rival
    vera@example.com   has applied for accounts, for an agency
    olga@example.com   staff: OPERATOR, REVIEWER, MODERATOR
    mia@example.com    staff: MODERATOR
    fay@example.com    staff: FINANCE

  Ctrl-C stops it. Another port: make run PORT=9000

EOF
exec $bin/endcap serve --port "$PORT"
