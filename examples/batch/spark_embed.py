"""Embeds a folder of pictures with Spark: spark-submit --py-files beit_process.py spark_embed.py PICTURES OUT.parquet [MODEL]

Spark brings the pictures and writes Parquet; each partition runs through one beit process. Needs Node with beit-wasm on every
machine.
"""

import sys

import beit_process
import pyspark.sql as sql

SCHEMA = "path string, embedding array<float>, error string"


def embed(rows, model):
    for row in beit_process.run(((row.path, bytes(row.content)) for row in rows), "embed", model):
        yield row["id"], row.get("embedding"), (row.get("error") or {}).get("code")


if __name__ == "__main__":
    pictures, out = sys.argv[1:3]
    model = sys.argv[3] if len(sys.argv) > 3 else None
    spark = sql.SparkSession.builder.appName("beit-embed").getOrCreate()
    files = spark.read.format("binaryFile").option("pathGlobFilter", "*.{jpg,jpeg,png,webp}").load(pictures)
    results = files.select("path", "content").repartition(2).rdd.mapPartitions(lambda rows: embed(rows, model))
    spark.createDataFrame(results, SCHEMA).write.mode("overwrite").parquet(out)
