# SPDX-License-Identifier: Apache-2.0
#
# Sidekiq's jobs, for its server and for who asks for them.
require "sidekiq"
require_relative "../settings"

REDIS = { **WHERE, db: TOLD["database"] }
Sidekiq.configure_client { |config| config.redis = REDIS }
Sidekiq.configure_server { |config| config.redis = REDIS }

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
