"""The words, packages and decorators by which a file gives away what it is for."""

import re
from collections.abc import Mapping
from typing import Final

__all__ = [
    "ABSTRACT_BASES",
    "BASES",
    "CLASS_ENDINGS",
    "DAGSTER_DECORATORS",
    "DECORATORS",
    "HTTP_DIRECTORIES",
    "HTTP_METHODS",
    "NOT_DATA",
    "PACKAGES",
    "ROUTER",
]


def _table(rows: Mapping[str, str]) -> dict[str, str]:
    return {word: sign for sign, words in rows.items() for word in words.split()}


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


CLASS_ENDINGS: Final = _table(
    {
        "repository": "Repository Repo Dao DAO",
        "service": "Service UseCase Interactor",
        "controller": "Controller",
        "adapter": "Adapter",
        "port": "Port",
        "event": "Event",
        "event-handler": "EventHandler EventListener EventConsumer EventSubscriber "
        "MessageHandler MessageListener MessageConsumer",
        "event-publisher": "EventPublisher EventBus EventDispatcher EventProducer EventEmitter "
        "MessageBus MessagePublisher MessageProducer",
        "plugin": "Plugin",
        "factory": "Factory",
        "strategy": "Strategy",
    }
)
"""Signs by the last words of a class's name."""

NOT_DATA: Final = _set(
    "Git Github Gitlab Hg Svn Vcs Remote Local Maven Helm Docker Package Code Source Image"
)
"""What comes before ``Repository`` where it is none of data."""

ABSTRACT_BASES: Final = _set("ABC ABCMeta Protocol Interface")

BASES: Final = _table(
    {
        "http-route": "APIView ViewSet ModelViewSet GenericViewSet GenericAPIView HTTPEndpoint "
        "ControllerBase",
        "controller": "ApplicationController AbstractController",
        "orm-model": "models.Model db.Model DeclarativeBase SQLModel ApplicationRecord "
        "ActiveRecord::Base",
        "dagster-resource": "ConfigurableResource ConfigurableIOManager "
        "ConfigurableIOManagerFactory dg.ConfigurableResource dagster.ConfigurableResource "
        "dg.ConfigurableIOManager dagster.ConfigurableIOManager",
    }
)
"""Signs by what a class derives from, as it is written."""

DECORATORS: Final = _table(
    {
        "http-route": "RestController GetMapping PostMapping PutMapping DeleteMapping PatchMapping "
        "RequestMapping ApiController HttpGet HttpPost HttpPut HttpDelete HttpPatch",
        "orm-model": "Entity",
        "plugin-hook": "hookspec",
        "event-handler": "KafkaListener RabbitListener EventListener",
        "service": "Service",
        "repository": "Repository",
        "controller": "Controller",
    }
)
"""Signs by the last name of a decorator, attribute or annotation."""

DAGSTER_DECORATORS: Final = _table(
    {
        "dagster-asset": "asset multi_asset graph_asset graph_multi_asset observable_source_asset "
        "multi_observable_source_asset asset_check multi_asset_check",
        "dagster-sensor": "sensor asset_sensor multi_asset_sensor run_status_sensor "
        "run_failure_sensor",
        "dagster-schedule": "schedule",
        "dagster-job": "job op graph",
        "dagster-resource": "resource io_manager",
        "dagster-definitions": "definitions",
    }
)
"""Signs by the last name of a decorator in a file that imports Dagster."""

HTTP_METHODS: Final = _set(
    "get post put delete patch route api_route websocket Get Post Put Delete Patch"
)
"""Last names of decorators of routes."""

ROUTER: Final = re.compile(r"(?:^|[_.])(?:app|api|router|routes|blueprint|bp)$", re.IGNORECASE)
"""What routes hang on."""

HTTP_DIRECTORIES: Final = _set("api apis routes router routers handlers controllers endpoints")
"""Where a file that imports a server answers requests."""

_CLI_FRAMEWORKS = (
    "typer click rich_click cyclopts docopt fire cement cliff commander yargs @oclif/core cac meow "
    "citty github.com/spf13/cobra github.com/urfave/cli github.com/alecthomas/kong clap structopt "
    "argh picocli System.CommandLine Spectre.Console.Cli thor"
)
_HTTP_SERVERS = (
    "fastapi flask starlette sanic quart litestar falcon bottle rest_framework ninja express "
    "fastify koa hono @nestjs/common @hapi/hapi restify github.com/gin-gonic/gin "
    "github.com/labstack/echo github.com/gofiber/fiber github.com/go-chi/chi "
    "github.com/gorilla/mux axum actix_web rocket warp sinatra sinatra/base grape io.ktor.server"
)
_MESSAGE_BROKERS = (
    "confluent_kafka kafka aiokafka faust pika aio_pika kombu nats kafkajs amqplib "
    "github.com/segmentio/kafka-go github.com/IBM/sarama github.com/Shopify/sarama "
    "github.com/nats-io/nats.go github.com/rabbitmq/amqp091-go "
    "github.com/confluentinc/confluent-kafka-go rdkafka lapin async_nats org.apache.kafka "
    "org.springframework.kafka org.springframework.amqp MassTransit Confluent.Kafka "
    "RabbitMQ.Client"
)

PACKAGES: Final = _table(
    {
        "cli-framework": _CLI_FRAMEWORKS,
        "cli-parser": "argparse optparse",
        "dagster": "dagster",
        "http-server": _HTTP_SERVERS,
        "message-broker": _MESSAGE_BROKERS,
        "plugin-loader": "pluggy stevedore java.util.ServiceLoader",
    }
)
"""Signs by what is imported: a package, or what its name begins with."""
