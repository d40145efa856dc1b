# SPDX-License-Identifier: Apache-2.0
#
# What a workload in Ruby is told by `run`, and how it tells what it found.
require "digest"
require "json"

TOLD = JSON.parse(ENV.fetch("WORKLOAD"))
TAG = TOLD["tag"]
WHERE =
  if TOLD["through_unix"]
    { path: TOLD["unix"] }
  else
    tls = TOLD["tls"] ? { ssl: true, ssl_params: { ca_file: TOLD["tls"]["ca"] } } : {}
    { host: TOLD["host"], port: TOLD["port"], **tls }
  end
$checks = 0
Thread.report_on_exception = true

def check(actual, expected)
  raise "#{actual.inspect[0, 2000]} is not #{expected.inspect[0, 2000]}" unless actual == expected
  $checks += 1
end

def fails(text)
  yield
rescue Redis::CommandError => error
  check error.message.include?(text), true
else
  raise "no error with #{text}"
end

def done
  puts "#{$checks} checks"
end
