{-# LANGUAGE OverloadedStrings #-}

module Poetry.Client.ConnectionSpec (spec) where

import Control.Concurrent.MVar (newEmptyMVar, putMVar, takeMVar)
import Control.Exception (throwIO, try)
import Data.ByteString (ByteString)
import qualified Data.ByteString.Lazy as Lazy
import Network.Socket.ByteString (recv, sendAll)
import Test.Hspec

import Poetry.Address (Address (..))
import Poetry.Client.Connection (plainWords, readPoem, withConnection)
import ScriptedServer

spec :: Spec
spec = do
  describe "a connection" $ do
    it "can be made by the name of a host" $
      withServer (poem ["a poem"]) $ \address ->
        withConnection Nothing address {host = "localhost"} (`recv` 10) `shouldReturn` "a poem"

    it "is closed when its use is over" $ do
      lastWords <- newEmptyMVar
      withServer (\connection -> recv connection 10 >>= putMVar lastWords) $ \address -> do
        withConnection Nothing address (const (pure ()))
        takeMVar lastWords `shouldReturn` ""

    it "is closed when its use ends in an exception" $ do
      lastWords <- newEmptyMVar
      withServer (\connection -> recv connection 10 >>= putMVar lastWords) $ \address -> do
        withConnection Nothing address (const (throwIO (userError "enough"))) `shouldThrow` (== userError "enough")
        takeMVar lastWords `shouldReturn` ""

    it "times out if connecting takes longer than the limit" $
      withSilent $ \silent ->
        either plainWords id <$> try (withConnection tenth silent (`recv` 10)) `shouldReturn` "timed out"

    it "times out if the next bytes take longer than the limit" $ do
      hungUp <- newEmptyMVar
      withServer (\connection -> sendAll connection "one" >> untilGone connection >>= putMVar hungUp) $ \address -> do
        let readAll connection = readPoem tenth connection >>= \poem_ -> pure $! Lazy.toStrict poem_
        either plainWords id <$> try (withConnection Nothing address readAll) `shouldReturn` "timed out"
        takeMVar hungUp `shouldReturn` ""

  describe "plain words" $ do
    it "name a refused connection" $
      withRefusing wordsFor `shouldReturn` "connection refused"

    it "name a connection that was reset" $
      withServer reset wordsFor `shouldReturn` "connection reset"

    it "name an unknown host" $
      wordsFor (Address "no..host" 10001) `shouldReturn` "unknown host"
 where
  tenth = Just 100000000

-- Reads from an address: the bytes, or the failure in plain words.
wordsFor :: Address -> IO ByteString
wordsFor address = either plainWords id <$> try (withConnection Nothing address (`recv` 10))
