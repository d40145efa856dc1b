# SPDX-License-Identifier: Apache-2.0
#
# Sidekiq's jobs, for its server and for who asks for them.
require "sidekiq"
require_relative "../settings"

URL = "redis://#{TOLD["host"]}:#{TOLD["port"]}/#{TOLD["database"]}"
Sidekiq.configure_client { |config| config.redis = { url: URL } }
Sidekiq.configure_server { |config| config.redis = { url: URL } }

class Double
  include Sidekiq::Worker

  def perform(number)
    Sidekiq.redis { |redis| redis.hset("#{TAG}:results", number, number * 2) }
  end
end

class Failing
  include Sidekiq::Worker
  sidekiq_options retry: 3

  def perform
    raise "on purpose"
  end
end
