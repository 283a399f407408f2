using PaymentGuard.Floor;
using StackExchange.Redis;

// floor http REDIS URL | floor kafka REDIS BROKERS TOPIC
var options = ConfigurationOptions.Parse(args[1]);
var connection = await ConnectionMultiplexer.ConnectAsync(options);
connection.PreserveAsyncOrder = false;
var redis = new RedisPipeline(connection.GetDatabase());
await (args[0] == "http" ? HttpFloor.Run(redis, args[2]) : KafkaFloor.Run(redis, args[2], args[3]));
